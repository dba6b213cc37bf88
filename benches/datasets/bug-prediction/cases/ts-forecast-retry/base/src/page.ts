import { loadWidget, type Widget } from './widget.js';

/** The widgets of all places; those that failed are left out. */
export async function loadPage(base: string, places: string[]): Promise<Widget[]> {
  const settled = await Promise.allSettled(places.map((place) => loadWidget(base, place)));
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
