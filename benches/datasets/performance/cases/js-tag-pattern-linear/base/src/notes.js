'use strict';

/** Notes by tag, in memory. */
class Notes {
  constructor() {
    this.byTag = new Map();
    this.nextId = 1;
  }

  add(title, tags) {
    const note = { id: this.nextId++, title, tags };
    for (const tag of tags) {
      if (!this.byTag.has(tag)) this.byTag.set(tag, []);
      this.byTag.get(tag).push(note);
    }
    return note;
  }

  withTag(tag) {
    return this.byTag.get(tag) ?? [];
  }
}

module.exports = { Notes };
