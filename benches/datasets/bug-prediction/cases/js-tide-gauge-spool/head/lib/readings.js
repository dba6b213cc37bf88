import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

const MILLIMETRES = 'mm';

/**
 * One reading of a gauge's spool: a JSON object a line.
 * Gauges of the second series add the battery's voltage and may send the
 * level in millimetres; both series give centimetres here. Readings without
 * a level, of gauges that have run dry, are null.
 */
export function parseReading(line) {
  const { at, level, unit, volt } = JSON.parse(line);
  if (level === null || level === undefined) {
    return null;
  }
  const centimetres = unit === MILLIMETRES ? Number(level) / 10 : Number(level);
  return { at: new Date(at), level: centimetres, volt: volt ?? null };
}

/** All readings of a spool file, in the order written. */
export async function* readSpool(path) {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const reading = parseReading(line);
    if (reading !== null) yield reading;
  }
}
