import { call } from './call.js';
import type { Link } from './link.js';

export interface Reading {
  at: number;
  celsius: number;
}

/** Reads the sensor each second until `stop` is aborted. */
export async function poll(link: Link, stop: AbortSignal, onReading: (reading: Reading) => void): Promise<void> {
  while (!stop.aborted) {
    try {
      const value = await call(link, 'sensor.read', [], 3000);
      onReading({ at: Date.now(), celsius: Number(value) });
    } catch (error) {
      console.warn(`no reading: ${(error as Error).message}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
