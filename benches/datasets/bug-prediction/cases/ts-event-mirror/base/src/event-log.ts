export interface PaymentEvent {
  id: string;
  type: "charge" | "refund" | "payout";
  account: string;
  cents: number;
}

export interface Page {
  events: PaymentEvent[];
  next: string;
  more: boolean;
}

/** The provider's log: at most 100 events a page, the oldest first. */
export class EventLog {
  constructor(private readonly baseUrl: string) {}

  async after(cursor: string | null): Promise<Page> {
    const url = new URL("/v2/events", this.baseUrl);
    if (cursor !== null) url.searchParams.set("after", cursor);
    const answer = await fetch(url, { signal: AbortSignal.timeout(15_000) });
    if (!answer.ok) throw new Error(`event log: ${answer.status}`);
    return (await answer.json()) as Page;
  }
}
