/**
 * Days of the collection calendar. The town's times are those of the
 * machine: TZ=America/Halifax in the unit file.
 */
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

const NAMES = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** The local midnight at which a day such as `2026-03-09` begins. */
export function dayOf(text) {
  const parts = DAY.exec(text);
  if (!parts) {
    throw new RangeError(`no day: ${text}`);
  }
  return new Date(Number(parts[1]), Number(parts[2]) - 1, Number(parts[3]));
}

export function weekday(date) {
  return NAMES[date.getDay()];
}
