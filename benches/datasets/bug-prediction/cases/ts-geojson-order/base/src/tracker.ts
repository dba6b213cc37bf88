import { point, type Point } from './geo.js';

/** A van's message: degrees times 10^5, the latitude first. */
export function readPosition(data: DataView): Point {
  return point(data.getInt32(0) / 1e5, data.getInt32(4) / 1e5);
}
