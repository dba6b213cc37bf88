import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { readSpool } from './readings.js';

const BATCH = 500;

/**
 * Takes the spools that the gauges have uploaded into the store and moves
 * them to `done`. Runs every five minutes.
 */
export async function ingest(store, inbox, done) {
  const names = (await readdir(inbox)).filter((name) => name.endsWith('.ndjson')).sort();
  let stored = 0;
  for (const name of names) {
    const gauge = name.split('_')[0];
    let batch = [];
    for await (const reading of readSpool(join(inbox, name))) {
      batch.push(reading);
      if (batch.length === BATCH) {
        stored += await store.insert(gauge, batch);
        batch = [];
      }
    }
    if (batch.length > 0) stored += await store.insert(gauge, batch);
    await rename(join(inbox, name), join(done, name));
  }
  return stored;
}
