'use strict';

/** A socket of the ws library; what is sent after its end is dropped, for
 * clients fetch what they missed when they connect again. */
class Peer {
  constructor(socket) {
    this.socket = socket;
  }

  send(text) {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(text);
  }
}

/** Sockets of those who are online, one for each user. */
class Connections {
  constructor() {
    this.sockets = new Map();
  }

  open(userId, socket) {
    const peer = new Peer(socket);
    this.sockets.set(userId, peer);
    socket.on('close', () => {
      if (this.sockets.get(userId) === peer) this.sockets.delete(userId);
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
