'use strict';

/**
 * Loans of seed packets. `pool` is a pg.Pool of ten connections that all
 * requests share.
 */
class Loans {
  constructor(pool) {
    this.pool = pool;
  }

  /** Lends packets to a gardener, or says why not. */
  async lend(gardener, variety, packets) {
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      const { rows } = await client.query(
        'SELECT packets FROM stock WHERE variety = $1 FOR UPDATE',
        [variety],
      );
      if (rows.length === 0 || rows[0].packets < packets) {
        await client.query('ROLLBACK');
        return { lent: false, reason: 'not in stock' };
      }
      await client.query('UPDATE stock SET packets = packets - $2 WHERE variety = $1', [variety, packets]);
      await client.query('INSERT INTO loans (gardener, variety, packets) VALUES ($1, $2, $3)', [gardener, variety, packets]);
      await client.query('COMMIT');
      return { lent: true };
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
  }
}

module.exports = { Loans };
