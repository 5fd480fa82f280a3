/** Gaussian smoothing of maps. */
import type { ValueMap } from "./dequantise";

/** Beyond three standard deviations lie 0.3 % of a Gaussian. */
const REACH = 3;

/**
 * Returns `map` blurred by a Gaussian, edges repeated outwards.
 *
 * `sigma` is a fraction of the map's width, so that maps of several resolutions blur alike;
 * non-finite cells stay where they are and do not spread.
 */
export function smooth(map: ValueMap, sigma: number): ValueMap {
  const deviation = sigma * map.width;
  if (deviation <= 0) return map;
  const kernel = gaussian(deviation);
  const known = map.values.map((value) => (Number.isFinite(value) ? 1 : 0));
  const finite = map.values.map((value) => (Number.isFinite(value) ? value : 0));
  const sums = blur({ ...map, values: finite }, kernel);
  const weights = known.includes(0) ? blur({ ...map, values: known }, kernel) : null;
  const values = sums.map((sum, i) => {
    if (!known[i]) return map.values[i];
    return weights ? sum / weights[i] : sum;
  });
  return { ...map, values };
}

/** Returns the kernel's right half, from its centre; the whole kernel sums to 1. */
function gaussian(deviation: number): Float32Array {
  const half = new Float32Array(Math.ceil(REACH * deviation) + 1);
  for (let i = 0; i < half.length; i++) half[i] = Math.exp(-0.5 * (i / deviation) ** 2);
  const total = half.reduce((sum, weight, i) => sum + (i ? 2 : 1) * weight, 0);
  return half.map((weight) => weight / total);
}

function blur(map: ValueMap, kernel: Float32Array): Float32Array {
  const { height, width } = map;
  const across = new Float32Array(height * width);
  const out = new Float32Array(height * width);
  for (let y = 0; y < height; y++) blurLine(map.values, across, y * width, 1, width, kernel);
  for (let x = 0; x < width; x++) blurLine(across, out, x, width, height, kernel);
  return out;
}

function blurLine(
  from: Float32Array,
  to: Float32Array,
  start: number,
  stride: number,
  length: number,
  kernel: Float32Array,
): void {
  for (let i = 0; i < length; i++) {
    let sum = from[start + i * stride] * kernel[0];
    for (let k = 1; k < kernel.length; k++) {
      const before = Math.max(0, i - k);
      const after = Math.min(length - 1, i + k);
      sum += kernel[k] * (from[start + before * stride] + from[start + after * stride]);
    }
    to[start + i * stride] = sum;
  }
}
