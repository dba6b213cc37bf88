import type { Author, Db } from './db.js';

/** Reads authors. One instance for each request. */
export class Authors {
  constructor(private readonly db: Db) {}

  async get(id: number): Promise<Author | undefined> {
    const rows = await this.db.query<Author>('SELECT id, name, avatar FROM authors WHERE id = $1', [id]);
    return rows[0];
  }
}
