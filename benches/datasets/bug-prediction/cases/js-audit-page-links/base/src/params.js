'use strict';

/** Reads a whole number of the query string, within bounds. */
function int(value, { or, min = 0, max = Number.MAX_SAFE_INTEGER }) {
  const number = Number.parseInt(value, 10);
  if (Number.isNaN(number)) return or;
  return Math.min(Math.max(number, min), max);
}

module.exports = { int };
