import { point, type Point } from './geo.js';

export interface Stop {
  order: string;
  at: Point;
}

/** Reads the dispatcher's list: `order;lat;lon` on each line. */
export function readStops(text: string): Stop[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [order, lat, lon] = line.split(';');
      return { order, at: point(Number(lon), Number(lat)) };
    });
}
