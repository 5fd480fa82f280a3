/** Share of the track that a label needs. */
export const ROOM = 0.055;

const STRIDES = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7].flatMap((size) => [size, 2 * size, 5 * size]);

/**
 * Returns the indices of the ticks that get a label: round values that stand apart, as many as
 * there is room for, and always the last. Of several ticks of one value only the
 * first has one.
 *
 * `shares` are the places of the ticks on the track, `values` their epochs or steps.
 */
export function labelPlaces(shares: readonly number[], values: readonly number[]): number[] {
  const last = shares.length - 1;
  if (last < 0) return [];
  const begins = (i: number) => i < last && values[i] !== values[i - 1];
  for (const stride of STRIDES) {
    const round = values.flatMap((value, i) => (begins(i) && value % stride === 0 ? [i] : []));
    if (standApart(round.map((i) => shares[i]))) {
      const kept = round.filter((i) => shares[last] - shares[i] >= ROOM);
      const told = kept.some((i) => values[i] === values[last]);
      return told ? kept : [...kept, last];
    }
  }
  return [last];
}

function standApart(shares: readonly number[]): boolean {
  return shares.every((share, i) => i === 0 || share - shares[i - 1] >= ROOM);
}
