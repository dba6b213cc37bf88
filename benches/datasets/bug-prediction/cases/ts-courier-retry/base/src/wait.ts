/** Resolves after so many milliseconds. */
export function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** How long to wait before the next attempt: 1 s, 2 s, 4 s ... and at most a minute, in ms. */
export function backoff(attempt: number): number {
  return Math.min(60_000, 1_000 * 2 ** (attempt - 1));
}
