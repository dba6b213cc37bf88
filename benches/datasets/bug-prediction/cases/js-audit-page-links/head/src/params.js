'use strict';

/** A whole number of the query string; throws with status 400 when it is none or out of bounds. */
function int(name, value, { or, min = 0, max = Number.MAX_SAFE_INTEGER }) {
  if (value === undefined) return or;
  if (!/^\d{1,15}$/.test(value) || Number(value) < min || Number(value) > max) {
    throw Object.assign(new Error(`${name} must be between ${min} and ${max}`), { status: 400 });
  }
  return value;
}

/** The request's address with another offset. */
function at(req, offset) {
  return `${req.path}?${new URLSearchParams({ ...req.query, offset })}`;
}

module.exports = { at, int };
