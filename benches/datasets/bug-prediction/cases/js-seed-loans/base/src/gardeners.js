'use strict';

/** What the bank knows of a gardener: kind, largest loan, whether closed. */
async function gardenerOf(client, id) {
  const { rows } = await client.query(
    'SELECT kind, closed, largest_loan AS largest FROM gardeners WHERE id = $1',
    [id],
  );
  return rows.length === 0 ? null : rows[0];
}

module.exports = { gardenerOf };
