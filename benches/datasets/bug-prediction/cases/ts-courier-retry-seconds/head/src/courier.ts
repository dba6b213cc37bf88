import { backoff, sleep } from "./wait.js";

export interface Label {
  parcel: string;
  pdf: string;
}

export class CourierError extends Error {
  constructor(readonly status: number) {
    super(`courier: ${status}`);
  }
}

const ATTEMPTS = 6;
/** No answer keeps a label waiting for longer than that (seconds). */
const LONGEST_WAIT = 120;

/** What the Retry-After of an answer says: a number of seconds or a date. */
function askedFor(answer: Response): number | undefined {
  const value = answer.headers.get("retry-after");
  if (value === null) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  if (Number.isNaN(seconds)) return undefined;
  return Math.min(Math.max(0, Math.ceil(seconds)), LONGEST_WAIT);
}

/** Client of the courier's label API. */
export class Courier {
  constructor(
    private readonly baseUrl: string,
    private readonly key: string,
  ) {}

  async label(parcel: string, grams: number): Promise<Label> {
    const answer = await this.post("/labels", { parcel, grams });
    return (await answer.json()) as Label;
  }

  async cancel(parcel: string): Promise<void> {
    await this.post("/labels/cancel", { parcel });
  }

  private async post(path: string, body: unknown): Promise<Response> {
    for (let attempt = 1; ; attempt++) {
      const answer = await fetch(this.baseUrl + path, {
        method: "POST",
        headers: { "x-api-key": this.key, "content-type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(10_000),
      });
      if (answer.ok) return answer;
      const busy = answer.status === 429 || answer.status === 503;
      if (!busy || attempt === ATTEMPTS) throw new CourierError(answer.status);
      await sleep(askedFor(answer) ?? backoff(attempt));
    }
  }
}
