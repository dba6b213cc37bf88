import { DEPOTS, type Depot } from './depots.js';
import { distanceKm } from './geo.js';
import type { Stop } from './orders.js';

export function nearest(stop: Stop): Depot {
  return DEPOTS.reduce((best, depot) => (distanceKm(depot.at, stop.at) < distanceKm(best.at, stop.at) ? depot : best));
}
