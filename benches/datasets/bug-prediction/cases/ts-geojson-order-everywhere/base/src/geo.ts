/** Distances on the globe. */
const RADIUS_KM = 6371;
const rad = (degrees: number) => (degrees * Math.PI) / 180;

export interface Point {
  lat: number;
  lon: number;
}

export function point(lat: number, lon: number): Point {
  if (Math.abs(lat) > 90 || Math.abs(lon) > 180) throw new RangeError(`no such place: ${lat}, ${lon}`);
  return { lat, lon };
}

export function distanceKm(a: Point, b: Point): number {
  const h =
    Math.sin(rad(b.lat - a.lat) / 2) ** 2 +
    Math.cos(rad(a.lat)) * Math.cos(rad(b.lat)) * Math.sin(rad(b.lon - a.lon) / 2) ** 2;
  return 2 * RADIUS_KM * Math.asin(Math.sqrt(h));
}
