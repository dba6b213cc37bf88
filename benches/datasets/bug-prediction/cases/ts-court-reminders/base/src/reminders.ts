import type { Queue } from './queue';

interface Reminder {
  court: number;
  member: string;
  /** Milliseconds of the epoch. */
  at: number;
}

export interface Members {
  find(id: string): Promise<{ name: string; phone: string } | undefined>;
}

export interface Texts {
  later(phone: string, text: string, at: Date): Promise<void>;
}

/** Hands the reminders that `book` has queued to the text service. */
export function work(queue: Queue, members: Members, texts: Texts): void {
  queue.take('reminders', async (body) => {
    const reminder = JSON.parse(body) as Reminder;
    const member = await members.find(reminder.member);
    if (!member) {
      return; // has left the club meanwhile
    }
    const text = `Hello ${member.name}, court ${reminder.court} is yours in an hour.`;
    await texts.later(member.phone, text, new Date(reminder.at));
  });
}
