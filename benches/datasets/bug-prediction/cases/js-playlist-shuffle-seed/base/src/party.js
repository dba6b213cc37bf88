import { Player } from './player.js';

/** A party: several devices that play one list, in the list's order. */
export class Party {
  constructor(number, tracks) {
    this.number = number;
    this.tracks = tracks;
    this.devices = new Map();
  }

  join(device) {
    const player = new Player(this.tracks);
    this.devices.set(device, player);
    return player;
  }

  leave(device) {
    this.devices.delete(device);
  }

  /** All devices go on to the next track. */
  next() {
    for (const player of this.devices.values()) player.next();
  }
}
