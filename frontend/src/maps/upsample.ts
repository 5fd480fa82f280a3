/** Bilinear resizing of maps, as torch's `interpolate(mode="bilinear", align_corners=False)`. */
import type { ValueMap } from "./dequantise";

/** For each output position: the two input positions it lies between, and the share of the second. */
interface Axis {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly share: Float32Array;
}

const axes = new Map<number, Axis>();
const KEPT_AXES = 64; // one per pair of sizes; a page shows a handful

function axisBetween(from: number, to: number): Axis {
  const key = from * 65536 + to; // one number: this runs for every tile of a frame
  const known = axes.get(key);
  if (known) return known;
  const axis = { low: new Int32Array(to), high: new Int32Array(to), share: new Float32Array(to) };
  for (let i = 0; i < to; i++) {
    const position = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    axis.low[i] = Math.min(from - 1, Math.floor(position));
    axis.high[i] = Math.min(from - 1, Math.floor(position) + 1);
    axis.share[i] = position - Math.floor(position);
  }
  if (axes.size >= KEPT_AXES) axes.clear();
  axes.set(key, axis);
  return axis;
}

/** Returns `map` at `height` x `width`; a non-finite cell stays within the pixels nearest to it. */
export function upsample(map: ValueMap, height: number, width: number): ValueMap {
  return allFinite(map.values) ? bilinear(map, height, width) : aroundHoles(map, height, width);
}

function allFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * 0;
  return sum === 0; // NaN or an infinity, times zero, is NaN
}

function bilinear(map: ValueMap, height: number, width: number): ValueMap {
  const out = new Float32Array(height * width);
  const { values } = map;
  const rows = axisBetween(map.height, height);
  const { low, high, share } = axisBetween(map.width, width);
  for (let y = 0, i = 0; y < height; y++) {
    const top = rows.low[y] * map.width;
    const bottom = rows.high[y] * map.width;
    const down = rows.share[y];
    for (let x = 0; x < width; x++, i++) {
      const left = low[x];
      const right = high[x];
      const across = share[x];
      const above = values[top + left] * (1 - across) + values[top + right] * across;
      const below = values[bottom + left] * (1 - across) + values[bottom + right] * across;
      out[i] = above * (1 - down) + below * down;
    }
  }
  return { values: out, height, width };
}

/** Interpolates among the finite cells alone; pixels nearest to another cell take its value. */
function aroundHoles(map: ValueMap, height: number, width: number): ValueMap {
  const finite = map.values.map((value) => (Number.isFinite(value) ? value : 0));
  const known = map.values.map((value) => (Number.isFinite(value) ? 1 : 0));
  const sums = bilinear({ ...map, values: finite }, height, width).values;
  const weights = bilinear({ ...map, values: known }, height, width).values;
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * map.height) / height) * map.width;
    for (let x = 0; x < width; x++, i++) {
      const nearest = map.values[row + Math.floor(((x + 0.5) * map.width) / width)];
      sums[i] = Number.isFinite(nearest) ? sums[i] / weights[i] : nearest;
    }
  }
  return { values: sums, height, width };
}
