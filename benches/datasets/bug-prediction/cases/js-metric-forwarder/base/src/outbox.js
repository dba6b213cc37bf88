'use strict';

class Outbox {
  constructor(limit = 50000) {
    this.limit = limit;
    this.lines = [];
    this.dropped = 0;
  }

  add(lines) {
    const room = this.limit - this.lines.length;
    if (lines.length > room) this.dropped += lines.length - room;
    this.lines.push(...lines.slice(0, Math.max(0, room)));
  }

  take(count) {
    return this.lines.splice(0, count);
  }
}

module.exports = { Outbox };
