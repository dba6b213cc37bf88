'use strict';

/** Sockets of those who are online, one for each user. */
class Connections {
  constructor() {
    this.sockets = new Map();
  }

  open(userId, socket) {
    this.sockets.set(userId, socket);
    socket.on('close', () => {
      if (this.sockets.get(userId) === socket) this.sockets.delete(userId);
    });
  }

  get(userId) {
    return this.sockets.get(userId);
  }

  isOnline(userId) {
    return this.sockets.has(userId);
  }
}

module.exports = { Connections };
