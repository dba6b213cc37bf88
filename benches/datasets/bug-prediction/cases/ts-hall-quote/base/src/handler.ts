import { Booking, type Hall, type Place } from './hall';
import { BadPlace, priceOf } from './pricing';

export interface Answer {
  status: number;
  body: unknown;
}

function placesOf(body: unknown): Place[] {
  const text = (body as { places?: unknown }).places;
  if (typeof text !== 'string') {
    throw new BadPlace('none');
  }
  return text.split(',').map((each) => ({
    row: each.trim().slice(0, 1).toUpperCase(),
    seat: Number(each.trim().slice(1)),
  }));
}

/** POST /halls/:hall/quote with `{"places": "C4, C5"}`. */
export function quote(hall: Hall, body: unknown): Answer {
  try {
    const booking = new Booking(hall, placesOf(body));
    return { status: 200, body: { cents: priceOf(booking) } };
  } catch (error) {
    if (error instanceof BadPlace) {
      return { status: 422, body: { place: error.message } };
    }
    throw error;
  }
}
