'use strict';

const LIMITS = { free: 5, team: 100, business: 1000 };
const GUEST_LIMIT = 1;

/** Exports used today, by user id or address. */
const used = new Map();

function limitOf(user) {
  if (!user) return GUEST_LIMIT;
  return LIMITS[user.plan] ?? LIMITS.free;
}

/** Counts an export; false when the day's quota is used up. */
function take(key, user) {
  const count = used.get(key) ?? 0;
  if (count >= limitOf(user)) return false;
  used.set(key, count + 1);
  return true;
}

function reset() {
  used.clear();
}

module.exports = { take, limitOf, reset };
