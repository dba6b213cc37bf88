import type { Author, Db } from './db.js';

/** Reads authors. One instance for each request; what is asked for in one tick is one query. */
export class Authors {
  private readonly known = new Map<number, Promise<Author | undefined>>();
  private wanted: number[] = [];
  private batch: Promise<Map<number, Author>> | undefined;

  constructor(private readonly db: Db) {}

  get(id: number): Promise<Author | undefined> {
    let found = this.known.get(id);
    if (found === undefined) {
      this.wanted.push(id);
      this.batch ??= Promise.resolve().then(() => this.read());
      found = this.batch.then((authors) => authors.get(id));
      this.known.set(id, found);
    }
    return found;
  }

  private async read(): Promise<Map<number, Author>> {
    const ids = this.wanted;
    this.wanted = [];
    this.batch = undefined;
    const sql = 'SELECT id, name, avatar FROM authors WHERE id = ANY($1)';
    const rows = await this.db.query<Author>(sql, [ids]);
    return new Map(rows.map((author) => [author.id, author]));
  }
}
