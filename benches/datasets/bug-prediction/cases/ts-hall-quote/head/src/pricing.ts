import type { Booking } from './hall';

export class BadPlace extends Error {}

const BAND_CENTS = [0, 6400, 4900, 3200];

/** From this many places in one row on, a group pays the next band. */
const GROUP = 10;

/** What a booking costs, in cents. */
export function priceOf(booking: Booking): number {
  let cents = 0;
  const perRow = new Map<string, number>();
  for (const { row } of booking.places) {
    perRow.set(row, (perRow.get(row) ?? 0) + 1);
  }
  for (const place of booking.places) {
    const row = booking.hall.row(place.row);
    if (place.seat < 1 || place.seat > row.seats) {
      throw new BadPlace(`${place.row}${place.seat}`);
    }
    const group = (perRow.get(place.row) ?? 0) >= GROUP;
    const band = group ? Math.min(row.band + 1, BAND_CENTS.length - 1) : row.band;
    cents += BAND_CENTS[band] ?? 0;
  }
  return cents;
}
