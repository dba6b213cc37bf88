import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Answers of the suppliers' servers, kept on disk between builds. */
export class DiskCache {
  constructor(folder, maxAgeMs = 6 * 3600 * 1000) {
    this.folder = folder;
    this.maxAgeMs = maxAgeMs;
  }

  file(key) {
    return path.join(this.folder, createHash('sha256').update(key).digest('hex') + '.json');
  }

  /**
   * What is kept for `key`: `{ value, stale }`, or null when there is nothing.
   * Folders that cannot be read are an error: the build would load all lists anew.
   */
  async get(key) {
    try {
      const text = await readFile(this.file(key), 'utf8');
      const entry = JSON.parse(text);
      return { value: entry.value, stale: Date.now() - entry.at >= this.maxAgeMs };
    } catch (error) {
      if (error.code === 'ENOENT' || error instanceof SyntaxError) return null;
      throw error;
    }
  }

  async set(key, value) {
    await mkdir(this.folder, { recursive: true });
    await writeFile(this.file(key), JSON.stringify({ at: Date.now(), value }));
  }
}
