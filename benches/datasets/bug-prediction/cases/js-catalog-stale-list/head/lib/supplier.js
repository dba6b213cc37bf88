/** One supplier's price list. */
export class Supplier {
  constructor(name, url, cache) {
    this.name = name;
    this.url = url;
    this.cache = cache;
  }

  async fetchList() {
    const response = await fetch(this.url, { signal: AbortSignal.timeout(20_000) });
    if (!response.ok) throw new Error(`${this.name} answered ${response.status}`);
    return response.json();
  }

  async prices() {
    const known = await this.cache.get(this.url);
    if (known && !known.stale) return known.value;
    try {
      const list = await this.fetchList();
      await this.cache.set(this.url, list);
      return list;
    } catch (error) {
      if (!known) throw error;
      console.warn(`${this.name}: ${error.message}; using the last list`);
      return known.value;
    }
  }
}
