/** Spearman's rank correlation of two maps: blind to scale, so epochs and runs compare. */
import { dequantise, type StoredMap } from "./dequantise";

/** Returns the ranks of finite `values`, from 0; equal values share the mean of their ranks. */
export function ranks(values: Float32Array): Float64Array {
  // Numbers alone sort several times faster than indices that are compared by their values.
  const sorted = values.slice().sort();
  const rankOf = new Map<number, number>();
  for (let start = 0; start < sorted.length; ) {
    let end = start + 1;
    while (end < sorted.length && sorted[end] === sorted[start]) end++;
    rankOf.set(sorted[start], (start + end - 1) / 2);
    start = end;
  }
  const out = new Float64Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = rankOf.get(values[i]) ?? Number.NaN;
  return out;
}

/** Returns the ranks of 8-bit `counts`, by counting them: many times faster than sorting. */
export function countRanks(counts: Int8Array | Uint8Array): Float64Array {
  const LOWEST = -128; // of the two types
  const ends = new Float64Array(384);
  for (let i = 0; i < counts.length; i++) ends[counts[i] - LOWEST]++;
  for (let place = 0, below = 0; place < ends.length; place++) {
    const here = ends[place];
    ends[place] = below + (here - 1) / 2;
    below += here;
  }
  const out = new Float64Array(counts.length);
  for (let i = 0; i < out.length; i++) out[i] = ends[counts[i] - LOWEST];
  return out;
}

/** Returns the ranks of a map's values; none where a value is not finite. */
export function storedRanks(map: StoredMap): ArrayLike<number> {
  const { counts, start, height, width, scale } = map;
  const own = counts.subarray(start, start + height * width);
  if (scale > 0 && (own instanceof Int8Array || own instanceof Uint8Array)) return countRanks(own);
  const { values } = dequantise(map);
  return values.every(Number.isFinite) ? ranks(values) : [];
}

/**
 * Returns the rank correlation in [-1, 1] of two maps of one resolution.
 *
 * Null where it is not defined: a map is constant, holds a non-finite value, or the
 * resolutions differ.
 */
export function spearman(first: Float32Array, second: Float32Array): number | null {
  if (first.length !== second.length) return null;
  if (!first.every(Number.isFinite) || !second.every(Number.isFinite)) return null;
  return correlation(ranks(first), ranks(second));
}

/** Returns the correlation of two lists of ranks; null where one is constant. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  const mean = (a.length - 1) / 2; // of ranks, ties or not
  let [both, ofA, ofB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    both += (a[i] - mean) * (b[i] - mean);
    ofA += (a[i] - mean) ** 2;
    ofB += (b[i] - mean) ** 2;
  }
  return ofA > 0 && ofB > 0 ? both / Math.sqrt(ofA * ofB) : null;
}
