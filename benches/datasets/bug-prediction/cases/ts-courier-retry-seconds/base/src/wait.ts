/** Resolves after so many seconds. */
export function sleep(seconds: number): Promise<void> {
  return new Promise((done) => setTimeout(done, seconds * 1_000));
}

/** How long to wait before the next attempt: 1 s, 2 s, 4 s ... and at most a minute. */
export function backoff(attempt: number): number {
  return Math.min(60, 2 ** (attempt - 1));
}
