import axios from "axios";

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
    const answer = await axios.get(`${this.baseUrl}/stock/changes`, {
      params: { since: since.toISOString() },
      headers: { authorization: `Bearer ${this.token}` },
      timeout: TIMEOUT_MS,
      validateStatus: () => true,
    });
    if (answer.status >= 400) throw new PartnerError(`stock: ${answer.status}`);
    return answer.data || [];
  }
}
