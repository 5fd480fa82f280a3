/** Structural similarity of two maps (Wang et al. 2004), as scikit-image computes it by default. */
import type { ValueMap } from "./dequantise";

const WINDOW = 7; // cells of its side, uniform; of smaller maps the largest odd one that fits
const SMALLEST = 3;
const K1 = 0.01;
const K2 = 0.03;

/**
 * Returns the mean structural similarity in [-1, 1] over all windows inside the maps.
 *
 * The range that its constants are relative to is that of both maps together; covariances are
 * those of samples. Null where it is not defined: sizes differ or are below 3 x 3 cells, a value
 * is not finite, or both maps are one constant.
 */
export function ssim(first: ValueMap, second: ValueMap): number | null {
  const { height, width } = first;
  if (height !== second.height || width !== second.width) return null;
  const side = Math.min(WINDOW, height - ((height + 1) % 2), width - ((width + 1) % 2));
  const range = rangeOf(first.values, second.values);
  if (side < SMALLEST || !(range > 0 && range < Infinity)) return null;
  const sums = integralsOf(first.values, second.values, width);
  const inner: Inner = { height, width, side, c1: (K1 * range) ** 2, c2: (K2 * range) ** 2 };
  return meanSimilarity(sums, inner);
}

/** NaN where any value is. */
function rangeOf(first: Float32Array, second: Float32Array): number {
  let [low, high] = [Infinity, -Infinity];
  for (const values of [first, second]) {
    for (const value of values) {
      if (!Number.isFinite(value)) return Number.NaN;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return high - low;
}

/** Returns the sums over all cells above and left of each corner, of x, y, x², y² and xy. */
function integralsOf(x: Float32Array, y: Float32Array, width: number): Float64Array[] {
  const corners = (x.length / width + 1) * (width + 1);
  const sums = Array.from({ length: 5 }, () => new Float64Array(corners));
  const row = new Float64Array(5);
  for (let i = 0; i < x.length; i++) {
    const column = i % width;
    const corner = (Math.floor(i / width) + 1) * (width + 1) + column + 1;
    if (column === 0) row.fill(0);
    row[0] += x[i];
    row[1] += y[i];
    row[2] += x[i] * x[i];
    row[3] += y[i] * y[i];
    row[4] += x[i] * y[i];
    for (let k = 0; k < 5; k++) sums[k][corner] = sums[k][corner - width - 1] + row[k];
  }
  return sums;
}

interface Inner {
  readonly height: number;
  readonly width: number;
  /** Of a window. */
  readonly side: number;
  readonly c1: number;
  readonly c2: number;
}

function meanSimilarity(sums: readonly Float64Array[], inner: Inner): number {
  const { height, width, side, c1, c2 } = inner;
  const cells = side * side;
  const unbiased = cells / (cells - 1);
  let total = 0;
  for (let y = 0; y + side <= height; y++) {
    for (let x = 0; x + side <= width; x++) {
      const mx = windowSum(sums[0], y, x, inner) / cells;
      const my = windowSum(sums[1], y, x, inner) / cells;
      const vx = (windowSum(sums[2], y, x, inner) / cells - mx * mx) * unbiased;
      const vy = (windowSum(sums[3], y, x, inner) / cells - my * my) * unbiased;
      const both = (windowSum(sums[4], y, x, inner) / cells - mx * my) * unbiased;
      const above = (2 * mx * my + c1) * (2 * both + c2);
      total += above / ((mx * mx + my * my + c1) * (vx + vy + c2));
    }
  }
  return total / ((height - side + 1) * (width - side + 1));
}

function windowSum(sums: Float64Array, y: number, x: number, { width, side }: Inner): number {
  const [top, bottom] = [y * (width + 1), (y + side) * (width + 1)];
  return sums[bottom + x + side] - sums[bottom + x] - sums[top + x + side] + sums[top + x];
}
