/**
 * Days of the collection calendar. The town's times are those of the
 * machine: TZ=America/Halifax in the unit file.
 */
const NAMES = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** The local midnight at which a day such as `2026-03-09` begins. */
export function dayOf(text) {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) {
    throw new RangeError(`no day: ${text}`);
  }
  return date;
}

/** The day that is a number of days later. */
export function later(date, days) {
  const day = new Date(date);
  day.setDate(day.getDate() + days);
  return day;
}

export function weekday(date) {
  return NAMES[date.getDay()];
}
