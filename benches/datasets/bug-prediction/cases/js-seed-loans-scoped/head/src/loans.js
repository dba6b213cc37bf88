'use strict';

const { gardenerOf } = require('./gardeners');
const { leased } = require('./leased');

/**
 * Loans of seed packets. `pool` is a pg.Pool of ten connections that all
 * requests share.
 */
class Loans {
  constructor(pool) {
    this.pool = pool;
  }

  /** Lends packets to a gardener with an open account, or says why not. */
  async lend(gardener, variety, packets) {
    return leased(this.pool, (client) => this.lendWith(client, gardener, variety, packets));
  }

  async lendWith(client, gardener, variety, packets) {
    const known = await gardenerOf(client, gardener);
    if (known === null || known.closed) {
      return { lent: false, reason: 'no open account' };
    }
    if (packets > known.largest) {
      return { lent: false, reason: `no more than ${known.largest} packets in one loan` };
    }
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
    }
  }
}

module.exports = { Loans };
