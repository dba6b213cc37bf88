import { exchange, type Tokens } from './tokens.js';

const EARLY_MS = 30_000;

/** Where tokens outlive the page; localStorage fits. */
export interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const KEY = 'session.tokens';

/** A signed-in session, shared by everything that talks to the API. */
export class Session {
  private constructor(
    private readonly base: string,
    private readonly storage: Storage,
    private tokens: Tokens,
  ) {}

  /** The stored session, or null when nobody is signed in. */
  static restore(base: string, storage: Storage): Session | null {
    const text = storage.getItem(KEY);
    return text === null ? null : new Session(base, storage, JSON.parse(text) as Tokens);
  }

  static start(base: string, storage: Storage, tokens: Tokens): Session {
    storage.setItem(KEY, JSON.stringify(tokens));
    return new Session(base, storage, tokens);
  }

  /** An access token that is good for a while yet. */
  async accessToken(): Promise<string> {
    if (this.tokens.expiresAt - Date.now() > EARLY_MS) return this.tokens.access;
    try {
      this.tokens = await exchange(this.base, this.tokens.refresh);
    } catch (error) {
      this.storage.removeItem(KEY);
      throw error;
    }
    this.storage.setItem(KEY, JSON.stringify(this.tokens));
    return this.tokens.access;
  }
}
