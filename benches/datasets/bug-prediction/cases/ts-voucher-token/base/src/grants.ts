import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Grant } from './token';

/** Keeps the grant over restarts. */
export class GrantFile {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async load(): Promise<Grant> {
    return JSON.parse(await readFile(this.#path, 'utf8')) as Grant;
  }

  async save(grant: Grant): Promise<void> {
    await writeFile(`${this.#path}.new`, JSON.stringify(grant), { mode: 0o600 });
    await rename(`${this.#path}.new`, this.#path);
  }
}
