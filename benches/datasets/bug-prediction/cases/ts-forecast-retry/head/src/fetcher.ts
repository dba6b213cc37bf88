/** What the weather service tells of a place. */
export interface Forecast {
  place: string;
  hours: { at: string; celsius: number; rain: number }[];
}

export class ServiceError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly retryAfterMs: number | null = null,
  ) {
    super(message);
  }
}

export async function fetchForecast(base: string, place: string): Promise<Forecast> {
  const response = await fetch(`${base}/forecast/${encodeURIComponent(place)}`, { signal: AbortSignal.timeout(5000) });
  if (!response.ok) {
    const after = Number(response.headers.get('retry-after') ?? Number.NaN);
    throw new ServiceError(
      response.status,
      `forecast of ${place} answered ${response.status}`,
      Number.isFinite(after) ? after * 1000 : null,
    );
  }
  return (await response.json()) as Forecast;
}
