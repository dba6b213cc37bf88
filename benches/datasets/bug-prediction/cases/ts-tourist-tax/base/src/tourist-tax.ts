import type { Stay } from './stays';

export const CENTS_PER_NIGHT = 350;

export interface TaxRow {
  room: string;
  from: string;
  until: string;
  cents: number;
}

function day(time: string): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** The row of the town's form for a stay. */
export function taxRow(stay: Stay): TaxRow {
  return {
    room: stay.room,
    from: day(stay.from),
    until: day(stay.until),
    cents: stay.nights * CENTS_PER_NIGHT,
  };
}
