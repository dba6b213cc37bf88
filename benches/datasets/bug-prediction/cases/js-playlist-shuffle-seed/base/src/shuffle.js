/** A copy of `tracks` in random order. */
export function shuffle(tracks) {
  return tracks
    .map((track) => ({ track, rank: Math.random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ track }) => track);
}
