import { dayOf, later, weekday } from './days.js';

const ROUNDS = {
  Monday: ['harbour', 'old town'],
  Tuesday: ['north end'],
  Wednesday: ['harbour'],
  Thursday: ['university', 'north end'],
  Friday: ['old town'],
};

/** Quarters whose bins are emptied on a day; none on holidays. */
export function roundsOn(text, holidays) {
  if (holidays.includes(text)) {
    return [];
  }
  return ROUNDS[weekday(dayOf(text))] ?? [];
}

/** The weekdays of the week that begins on a day, with their rounds. */
export function week(text) {
  const first = dayOf(text);
  return [0, 1, 2, 3, 4, 5, 6]
    .map((days) => weekday(later(first, days)))
    .map((name) => ({ name, quarters: ROUNDS[name] ?? [] }));
}

/** Text messages that go out at six in the evening for the next day. */
export function reminders(text, subscribers, holidays) {
  const quarters = new Set(roundsOn(text, holidays));
  return subscribers
    .filter((each) => quarters.has(each.quarter))
    .map((each) => ({ to: each.id, text: `${weekday(dayOf(text))}: bins of ${each.quarter}` }));
}
