export interface Grant {
  access: string;
  /** Good for one use: the next grant brings a new one. */
  refresh: string;
  /** Milliseconds of the epoch. */
  expires: number;
}

export interface Accounts {
  /** Fails, and revokes the whole grant, when a refresh token is used twice. */
  refresh(token: string): Promise<Grant>;
}

const MARGIN = 30_000;

/** The access token of the bookkeeping service, renewed when it runs out. */
export class Token {
  readonly #accounts: Accounts;
  #grant: Grant;
  #renewal: Promise<Grant> | undefined;

  constructor(accounts: Accounts, grant: Grant) {
    this.#accounts = accounts;
    this.#grant = grant;
  }

  async value(): Promise<string> {
    if (this.#grant.expires - MARGIN > Date.now()) {
      return this.#grant.access;
    }
    this.#renewal ??= this.#accounts.refresh(this.#grant.refresh).finally(() => {
      this.#renewal = undefined;
    });
    this.#grant = await this.#renewal;
    return this.#grant.access;
  }
}
