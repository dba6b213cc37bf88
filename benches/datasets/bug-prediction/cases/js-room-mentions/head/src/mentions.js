'use strict';

const PREVIEW_LENGTH = 240;
const MENTION = /@([a-z0-9_]{2,32})/g;

function mentionedNames(text) {
  return [...new Set([...text.matchAll(MENTION)].map((match) => match[1]))];
}

class Mentions {
  constructor(connections, preferences, members) {
    this.connections = connections;
    this.preferences = preferences;
    this.members = members;
  }

  /** Tells everybody mentioned in a message, as far as they are online. */
  async announce(room, message) {
    let told = 0;
    for (const name of mentionedNames(message.text)) {
      const userId = this.members.idOf(room, name);
      if (userId === undefined || userId === message.authorId) continue;
      if (!this.connections.isOnline(userId)) continue;
      const mode = await this.preferences.forRoom(userId, room.id);
      if (mode !== 'all') continue;
      const payload = { type: 'mention', room: room.id, message: message.id };
      if (room.inlineMentions) payload.text = message.text.slice(0, PREVIEW_LENGTH);
      this.connections.get(userId).send(JSON.stringify(payload));
      told += 1;
    }
    return told;
  }
}

module.exports = { Mentions, mentionedNames };
