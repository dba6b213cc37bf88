'use strict';

class TileStore {
  constructor(source, cache) {
    this.source = source;
    this.cache = cache;
  }

  /** Features of a tile, ordered as they are drawn. */
  async features(z, x, y) {
    const key = `${z}/${x}/${y}`;
    const cached = this.cache.get(key);
    if (cached) return cached;
    const features = await this.source.load(z, x, y);
    this.cache.set(key, features);
    return features;
  }
}

module.exports = { TileStore };
