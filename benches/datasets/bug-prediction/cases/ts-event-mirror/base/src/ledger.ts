import type { Pool } from "pg";
import type { PaymentEvent } from "./event-log.js";

export class Ledger {
  constructor(private readonly pool: Pool) {}

  /** Books an event; one that is booked already is left as it is. */
  async apply(event: PaymentEvent): Promise<void> {
    const sign = event.type === "charge" ? 1 : -1;
    await this.pool.query(
      `INSERT INTO bookings (event_id, account, cents) VALUES ($1, $2, $3)
       ON CONFLICT (event_id) DO NOTHING`,
      [event.id, event.account, sign * event.cents],
    );
  }
}
