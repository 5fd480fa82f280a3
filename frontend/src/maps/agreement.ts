/** Spearman's rank correlation of two maps: blind to scale, so epochs and runs compare. */

/** Returns the ranks of `values`, from 0; equal values share the mean of their ranks. */
export function ranks(values: Float32Array): Float64Array {
  const order = new Uint32Array(values.length).map((_, i) => i);
  order.sort((a, b) => values[a] - values[b]);
  const out = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) out[order[i]] = (start + end - 1) / 2;
    start = end;
  }
  return out;
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

function correlation(a: Float64Array, b: Float64Array): number | null {
  const mean = (a.length - 1) / 2; // of ranks, ties or not
  let [both, ofA, ofB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    both += (a[i] - mean) * (b[i] - mean);
    ofA += (a[i] - mean) ** 2;
    ofB += (b[i] - mean) ** 2;
  }
  return ofA > 0 && ofB > 0 ? both / Math.sqrt(ofA * ofB) : null;
}
