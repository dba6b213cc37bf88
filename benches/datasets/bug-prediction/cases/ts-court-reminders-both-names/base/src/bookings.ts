import type { Queue } from './queue';

export interface Booking {
  id: string;
  court: number;
  member: string;
  starts: Date;
}

const HOUR = 3_600_000;

/** Takes a booking and has the member reminded an hour before. */
export async function book(queue: Queue, booking: Booking): Promise<void> {
  await queue.push(
    'reminders',
    JSON.stringify({
      court: booking.court,
      member: booking.member,
      at: booking.starts.getTime() - HOUR,
    }),
  );
}
