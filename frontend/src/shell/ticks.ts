/** Share of the track that a label needs. */
export const ROOM = 0.055;

/** Returns the indices of the ticks that have room for a label: the last one always. */
export function labelPlaces(shares: readonly number[]): number[] {
  const last = shares.length - 1;
  const places: number[] = [];
  shares.forEach((share, i) => {
    const before = places.length > 0 ? shares[places[places.length - 1]] : -1;
    const fits = share - before >= ROOM && shares[last] - share >= ROOM;
    if (i === last || fits) places.push(i);
  });
  return places;
}
