'use strict';

/**
 * Runs work with a connection of the pool, and gives the connection back
 * whatever comes of it.
 */
async function leased(pool, work) {
  const client = await pool.connect();
  try {
    return await work(client);
  } finally {
    client.release();
  }
}

module.exports = { leased };
