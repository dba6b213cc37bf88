import { point, type Point } from './geo.js';

export interface Depot {
  name: string;
  at: Point;
}

export const DEPOTS: Depot[] = [
  { name: 'north', at: point(53.55, 9.99) },
  { name: 'centre', at: point(50.11, 8.68) },
  { name: 'south', at: point(48.14, 11.58) },
];
