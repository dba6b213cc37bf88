import { exchange, type Tokens } from './tokens.js';

const EARLY_MS = 30_000;

/** A signed-in session, shared by everything that talks to the API. */
export class Session {
  private pending: Promise<Tokens> | null = null;

  constructor(
    private readonly base: string,
    private tokens: Tokens,
  ) {}

  /** An access token that is good for a while yet. */
  async accessToken(): Promise<string> {
    if (this.tokens.expiresAt - Date.now() > EARLY_MS) return this.tokens.access;
    this.pending ??= exchange(this.base, this.tokens.refresh).finally(() => {
      this.pending = null;
    });
    this.tokens = await this.pending;
    return this.tokens.access;
  }
}
