import type { EventLog } from "./event-log.js";
import type { Ledger } from "./ledger.js";

export interface State {
  cursor(): Promise<string | null>;
  saveCursor(cursor: string): Promise<void>;
}

export interface Mirrored {
  pages: number;
  events: number;
}

/**
 * Applies what is new in the event log of the payment provider to our
 * ledger. Run every five minutes; a run that fails is repeated by the next.
 */
export async function mirror(log: EventLog, ledger: Ledger, state: State): Promise<Mirrored> {
  let cursor = await state.cursor();
  const done: Mirrored = { pages: 0, events: 0 };
  for (;;) {
    const page = await log.after(cursor);
    cursor = page.next;
    await state.saveCursor(cursor);
    for (const event of page.events) {
      await ledger.apply(event);
      done.events++;
    }
    done.pages++;
    if (!page.more) return done;
  }
}
