import type { GrantFile } from './grants';

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

/**
 * The access token of the bookkeeping service, renewed when it runs out.
 * The grant is kept in a file, so that a restart goes on with the last one.
 */
export class Token {
  readonly #accounts: Accounts;
  readonly #file: GrantFile;
  #grant: Grant | undefined;

  constructor(accounts: Accounts, file: GrantFile) {
    this.#accounts = accounts;
    this.#file = file;
  }

  async value(): Promise<string> {
    this.#grant ??= await this.#file.load();
    if (this.#grant.expires - MARGIN > Date.now()) {
      return this.#grant.access;
    }
    const renewed = await this.#accounts.refresh(this.#grant.refresh);
    await this.#file.save(renewed);
    this.#grant = renewed;
    return renewed.access;
  }
}
