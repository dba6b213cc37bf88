import { ServiceError } from './fetcher.js';

const ATTEMPTS = 3;
const LONGEST_MS = 2000;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Runs `task`, again if the service was busy; rejects with the last error. */
export async function patiently<T>(task: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await task();
    } catch (error) {
      const busy = error instanceof ServiceError && (error.status === 429 || error.status === 503);
      if (!busy || attempt >= ATTEMPTS) throw error;
      await pause(Math.min(error.retryAfterMs ?? 250 * attempt, LONGEST_MS));
    }
  }
}
