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

  /** The value of `key`, or null when there is none that is young and whole. */
  async get(key) {
    try {
      const entry = JSON.parse(await readFile(this.file(key), 'utf8'));
      return Date.now() - entry.at < this.maxAgeMs ? entry.value : null;
    } catch {
      return null;
    }
  }

  async set(key, value) {
    await mkdir(this.folder, { recursive: true });
    await writeFile(this.file(key), JSON.stringify({ at: Date.now(), value }));
  }
}
