'use strict';

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
      const mode = await this.preferences.forRoom(userId, room.id);
      if (mode !== 'all') continue;
      const socket = this.connections.get(userId);
      if (!socket) continue;
      socket.send(JSON.stringify({ type: 'mention', room: room.id, message: message.id }));
      told += 1;
    }
    return told;
  }
}

module.exports = { Mentions, mentionedNames };
