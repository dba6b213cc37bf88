import { point, type Point } from './geo.js';

export interface Depot {
  name: string;
  at: Point;
}

export const DEPOTS: Depot[] = [
  { name: 'north', at: point(9.99, 53.55) },
  { name: 'centre', at: point(8.68, 50.11) },
  { name: 'south', at: point(11.58, 48.14) },
];
