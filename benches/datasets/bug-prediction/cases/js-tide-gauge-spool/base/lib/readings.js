import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * One reading of a gauge's spool: a JSON object a line.
 * The gauge may lose power while it writes, so a line can be cut off;
 * such a line is null.
 */
export function parseReading(line) {
  try {
    const { at, level } = JSON.parse(line);
    return { at: new Date(at), level: Number(level) };
  } catch {
    return null;
  }
}

/** All readings of a spool file, in the order written. */
export async function* readSpool(path) {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const reading = parseReading(line);
    if (reading) yield reading;
  }
}
