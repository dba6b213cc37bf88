import { listOf } from "./body.js";

export interface StockChange {
  sku: string;
  free: number;
}

export class PartnerError extends Error {}

const TIMEOUT_MS = 8_000;

/** Client of the wholesaler's stock API. */
export class Partner {
  constructor(
    private readonly baseUrl: string,
    private readonly token: string,
  ) {}

  /** What has changed since then. */
  async changes(since: Date): Promise<StockChange[]> {
    const url = new URL(`${this.baseUrl}/stock/changes`);
    url.searchParams.set("since", since.toISOString());
    const answer = await fetch(url, {
      headers: { authorization: `Bearer ${this.token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!answer.ok) throw new PartnerError(`stock: ${answer.status}`);
    return await listOf<StockChange>(answer);
  }
}
