import { dayOf, weekday } from './days.js';

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

/** Text messages that go out at six in the evening for the next day. */
export function reminders(text, subscribers, holidays) {
  const quarters = new Set(roundsOn(text, holidays));
  return subscribers
    .filter((each) => quarters.has(each.quarter))
    .map((each) => ({ to: each.id, text: `${weekday(dayOf(text))}: bins of ${each.quarter}` }));
}
