import { shuffle } from './shuffle.js';

/** Plays a list of tracks; at the end it begins anew. `random` is true or a function like Math.random. */
export class Player {
  constructor(tracks, { random = false } = {}) {
    this.tracks = random ? shuffle(tracks, random === true ? Math.random : random) : [...tracks];
    this.at = 0;
  }

  /** The track that plays now, or null for an empty list. */
  get current() {
    return this.tracks.length === 0 ? null : this.tracks[this.at];
  }

  next() {
    if (this.tracks.length > 0) this.at = (this.at + 1) % this.tracks.length;
    return this.current;
  }
}
