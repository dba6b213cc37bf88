'use strict';

const LIMITS = {
  free: { day: 5, month: 50 },
  team: { day: 100, month: 2000 },
  business: { day: 1000, month: 20000 },
};
const GUEST = { day: 1, month: 5 };

/** Exports used, by period and then by user id or address. */
const used = { day: new Map(), month: new Map() };


/** The limits of a user's plan; guests have their own. */
function limitOf(user) {
  if (user.sub === undefined) return GUEST;
  return LIMITS[user.plan] ?? LIMITS.free;
}

/** Counts an export; false when the quota of the day or the month is used up. */
function take(key, user) {
  const limit = limitOf(user);
  const periods = Object.keys(used);
  if (periods.some((period) => (used[period].get(key) ?? 0) >= limit[period])) return false;
  for (const period of periods) {
    used[period].set(key, (used[period].get(key) ?? 0) + 1);
  }
  return true;
}

/** Called by cron when a period ends. */
function reset(period) {
  used[period].clear();
}

module.exports = { take, limitOf, reset };
