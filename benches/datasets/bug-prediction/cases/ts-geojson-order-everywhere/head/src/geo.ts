/** Distances on the globe. */
const RADIUS_KM = 6371;
const rad = (degrees: number) => (degrees * Math.PI) / 180;

export interface Point {
  lat: number;
  lon: number;
}

/** A place, in the order of GeoJSON: longitude first. */
export function point(lon: number, lat: number): Point {
  if (Math.abs(lat) > 90 || Math.abs(lon) > 180) throw new RangeError(`no such place: ${lat}, ${lon}`);
  return { lat, lon };
}

/** A GeoJSON position, `[lon, lat]`. */
export type Position = [number, number];

export function fromPosition([lon, lat]: Position): Point {
  return point(lon, lat);
}

export function toPosition({ lat, lon }: Point): Position {
  return [lon, lat];
}

export function distanceKm(a: Point, b: Point): number {
  const h =
    Math.sin(rad(b.lat - a.lat) / 2) ** 2 +
    Math.cos(rad(a.lat)) * Math.cos(rad(b.lat)) * Math.sin(rad(b.lon - a.lon) / 2) ** 2;
  return 2 * RADIUS_KM * Math.asin(Math.sqrt(h));
}
