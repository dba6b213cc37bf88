import type { EventLog } from "./event-log.js";
import type { Ledger } from "./ledger.js";

export interface State {
  cursor(): Promise<string | null>;
  saveCursor(cursor: string): Promise<void>;
}

/**
 * Applies what is new in the event log of the payment provider to our
 * ledger. Run every five minutes; a run that fails is repeated by the next.
 */
export async function mirror(log: EventLog, ledger: Ledger, state: State): Promise<number> {
  let cursor = await state.cursor();
  let applied = 0;
  for (;;) {
    const page = await log.after(cursor);
    for (const event of page.events) {
      await ledger.apply(event);
      applied++;
    }
    cursor = page.next;
    if (!page.more) break;
  }
  if (cursor !== null) await state.saveCursor(cursor);
  return applied;
}
