'use strict';

/** Entries of the audit log, the newest first. */
class Store {
  constructor(pool) {
    this.pool = pool;
  }

  async count(actor) {
    const { rows } = await this.pool.query('SELECT count(*)::int AS n FROM audit WHERE actor = $1', [actor]);
    return rows[0].n;
  }

  async list(actor, offset, limit) {
    const { rows } = await this.pool.query(
      'SELECT id, at, actor, action FROM audit WHERE actor = $1 ORDER BY at DESC, id DESC OFFSET $2 LIMIT $3',
      [actor, offset, limit],
    );
    return rows;
  }
}

module.exports = { Store };
