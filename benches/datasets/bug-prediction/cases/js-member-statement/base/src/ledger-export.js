'use strict';

const COLUMNS = ['day', 'text', 'cents', 'currency'];

/** Rows of the ledger's export: semicolons, no quotes, no heading. */
function readExport(text) {
  return text
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map((line) => {
      const cells = line.split(';');
      return Object.fromEntries(COLUMNS.map((name, at) => [name, cells[at] || '']));
    });
}

module.exports = { readExport };
