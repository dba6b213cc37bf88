import { fetchForecast, type Forecast } from './fetcher.js';

export interface Widget {
  title: string;
  now: number | null;
  highest: number | null;
}

export function summarize(forecast: Forecast): Widget {
  const degrees = forecast.hours.map((hour) => hour.celsius);
  if (degrees.length === 0) return { title: forecast.place, now: null, highest: null };
  return { title: forecast.place, now: degrees[0], highest: Math.max(...degrees) };
}

/** The widget of a place; rejects when the service fails. */
export async function loadWidget(base: string, place: string): Promise<Widget> {
  return summarize(await fetchForecast(base, place));
}
