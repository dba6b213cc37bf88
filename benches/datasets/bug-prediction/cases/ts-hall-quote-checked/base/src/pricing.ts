import { BadPlace, type Booking } from './hall';

const BAND_CENTS = [0, 6400, 4900, 3200];

/** What a booking costs, in cents. */
export function priceOf(booking: Booking): number {
  let cents = 0;
  for (const place of booking.places) {
    const row = booking.hall.rows.find((each) => each.label === place.row);
    if (!row || place.seat < 1 || place.seat > row.seats) {
      throw new BadPlace(`${place.row}${place.seat}`);
    }
    cents += BAND_CENTS[row.band] ?? 0;
  }
  return cents;
}
