/** What a map says in numbers; positions are fractions of the input, (0, 0) its upper left corner. */
import type { ValueMap } from "./dequantise";

export interface Position {
  readonly x: number;
  readonly y: number;
}

export interface Peak extends Position {
  readonly value: number;
  readonly row: number;
  readonly column: number;
}

/** Returns the largest finite |value|; 0 where none is finite. */
export function magnitude(values: Float32Array): number {
  let largest = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (size > largest && size !== Infinity) largest = size;
  }
  return largest;
}

/** Returns the first cell with the largest positive value; null where none is positive. */
export function peak(map: ValueMap): Peak | null {
  let best = -1;
  for (let i = 0; i < map.values.length; i++) {
    const value = map.values[i];
    if (value > (best < 0 ? 0 : map.values[best]) && value !== Infinity) best = i;
  }
  if (best < 0) return null;
  const row = Math.floor(best / map.width);
  const column = best % map.width;
  return { ...centreOf(map, row, column), value: map.values[best], row, column };
}

/** Returns the middle of a cell. */
export function centreOf(map: ValueMap, row: number, column: number): Position {
  return { x: (column + 0.5) / map.width, y: (row + 0.5) / map.height };
}

/** Returns the sum of the positive finite values. */
export function positiveMass(map: ValueMap): number {
  let mass = 0;
  for (const value of map.values) if (value > 0 && value !== Infinity) mass += value;
  return mass;
}

/** Returns positive / (positive + |negative|) mass; null for a map of zeros. */
export function positiveShare(map: ValueMap): number | null {
  const positive = positiveMass(map);
  const negative = positiveMass({ ...map, values: map.values.map((value) => -value) });
  return positive + negative > 0 ? positive / (positive + negative) : null;
}

/** Returns the centre of the positive mass; null where nothing is positive. */
export function centreOfMass(map: ValueMap): Position | null {
  const mass = positiveMass(map);
  if (mass === 0) return null;
  let x = 0;
  let y = 0;
  map.values.forEach((value, i) => {
    if (!(value > 0) || value === Infinity) return;
    const centre = centreOf(map, Math.floor(i / map.width), i % map.width);
    x += (value / mass) * centre.x;
    y += (value / mass) * centre.y;
  });
  return { x, y };
}

/** The regions of a 3 x 3 grid over the input, row by row. */
export const REGIONS = [
  "upper left corner",
  "upper edge",
  "upper right corner",
  "left edge",
  "centre",
  "right edge",
  "lower left corner",
  "lower edge",
  "lower right corner",
] as const;

/** Returns the index in `REGIONS` of the region `position` lies in. */
export function regionOf({ x, y }: Position): number {
  return 3 * Math.min(2, Math.floor(3 * y)) + Math.min(2, Math.floor(3 * x));
}

/** Returns the share of the positive mass in each of `REGIONS`, by cell area; null where no mass. */
export function regionShares(map: ValueMap): Float64Array | null {
  const mass = positiveMass(map);
  if (mass === 0) return null;
  const shares = new Float64Array(REGIONS.length);
  map.values.forEach((value, i) => {
    if (!(value > 0) || value === Infinity) return;
    const rows = thirds(Math.floor(i / map.width), map.height);
    const columns = thirds(i % map.width, map.width);
    rows.forEach((down, r) => {
      columns.forEach((across, c) => {
        shares[3 * r + c] += (value / mass) * down * across;
      });
    });
  });
  return shares;
}

/** Returns how much of cell `index` of `count` lies in each third of its axis. */
function thirds(index: number, count: number): [number, number, number] {
  const [from, to] = [(3 * index) / count, (3 * (index + 1)) / count];
  const overlap = (k: number): number => Math.max(0, Math.min(to, k + 1) - Math.max(from, k));
  const length = to - from;
  return [overlap(0) / length, overlap(1) / length, overlap(2) / length];
}
