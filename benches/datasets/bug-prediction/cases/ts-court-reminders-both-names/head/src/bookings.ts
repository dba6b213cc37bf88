import type { Queue } from './queue';

export interface Booking {
  id: string;
  court: number;
  /** Who plays: the first of them has booked. */
  players: string[];
  starts: Date;
}

const HOUR = 3_600_000;

export class NoPlayer extends Error {}

/** Takes a booking and has all who play reminded an hour before. */
export async function book(queue: Queue, booking: Booking): Promise<void> {
  if (booking.players.length === 0) {
    throw new NoPlayer(booking.id);
  }
  const at = booking.starts.getTime() - HOUR;
  for (const playerId of new Set(booking.players)) {
    await queue.push('reminders', JSON.stringify({ court: booking.court, playerId, at }));
  }
}
