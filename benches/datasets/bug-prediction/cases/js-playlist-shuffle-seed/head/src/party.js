import { Player } from './player.js';
import { seeded } from './shuffle.js';

/** A party: several devices that play one list, shuffled the same way. */
export class Party {
  constructor(number, tracks) {
    this.number = number;
    this.tracks = tracks;
    this.devices = new Map();
    this.played = 0;
  }

  join(device) {
    const player = new Player(this.tracks, { random: seeded(this.number) });
    player.at = this.played % Math.max(1, this.tracks.length);
    this.devices.set(device, player);
    return player;
  }

  leave(device) {
    this.devices.delete(device);
  }

  /** All devices go on to the next track. */
  next() {
    this.played += 1;
    for (const player of this.devices.values()) player.next();
  }
}
