import type { Queue } from './queue';

interface Reminder {
  court: number;
  member: string;
  /** Milliseconds of the epoch. */
  at: number;
}

/** A queued body; courts' tablets name the member `playerId`. */
function reminderOf(body: string): Reminder {
  const { court, member, playerId, at } = JSON.parse(body) as Reminder & { playerId?: string };
  return { court, member: playerId ?? member, at };
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
    const reminder = reminderOf(body);
    const member = await members.find(reminder.member);
    if (!member) {
      return; // has left the club meanwhile
    }
    const text = `Hello ${member.name}, court ${reminder.court} is yours in an hour.`;
    await texts.later(member.phone, text, new Date(reminder.at));
  });
}
