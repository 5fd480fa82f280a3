/** Weights of one head for one sample, as numbers. */
import type { ValueMap } from "../../maps/dequantise";
import type { NamedArray, TrainingRecord } from "../../types";
import type { Shown } from "./records";

/** Weights by query (height) and key (width); NaN where they were not stored. */
export interface HeadMap extends ValueMap {
  /** Weights stored of each row; null: all. */
  readonly kept: number | null;
}

const KEPT_MAPS = 512; // decoded, of one record: more than a grid shows
const decoded = new WeakMap<TrainingRecord, Map<string, HeadMap>>();

/** Returns the weights of head `head` of layer `layer`, by index, without padding. */
export function headMap({ record, n, length }: Shown, layer: number, head: number): HeadMap {
  const known = decoded.get(record) ?? new Map<string, HeadMap>();
  decoded.set(record, known);
  const key = `${layer}.${head}.${n}`;
  const map = known.get(key) ?? decode(record, layer, head, n, length);
  if (known.size >= KEPT_MAPS) known.clear();
  known.set(key, map);
  return map;
}

/** The stored rows of one head: row q begins at (first + q) * K in the layer's arrays. */
interface Stored {
  readonly counts: NamedArray["data"];
  readonly scales: NamedArray["data"];
  readonly first: number;
  readonly K: number;
}

function decode(
  { arrays }: TrainingRecord,
  layer: number,
  head: number,
  n: number,
  length: number,
): HeadMap {
  const map = arrays[`map.${layer}`];
  const index = arrays[`index.${layer}`]?.data ?? null;
  const [, H, Tq, K] = map.shape;
  const scales = arrays[`map.${layer}.scale`].data;
  const stored = { counts: map.data, scales, first: (n * H + head) * Tq, K };
  const height = Math.min(Tq, length);
  // Keys of another sequence than the queries' have no length of their own on record.
  const width = index || K === Tq ? height : K;
  const values = index ? scatter(stored, index, height) : dense(stored, height, width);
  return { values, height, width, kept: index && K < width ? K : null };
}

function dense({ counts, scales, first, K }: Stored, height: number, width: number): Float32Array {
  const values = new Float32Array(height * width);
  for (let q = 0; q < height; q++) {
    const scale = Number(scales[first + q]);
    for (let k = 0; k < width; k++) {
      values[q * width + k] = Number(counts[(first + q) * K + k]) * scale;
    }
  }
  return values;
}

function scatter(stored: Stored, index: NamedArray["data"], length: number): Float32Array {
  const { counts, scales, first, K } = stored;
  const values = new Float32Array(length * length).fill(Number.NaN);
  for (let q = 0; q < length; q++) {
    const scale = Number(scales[first + q]);
    for (let i = (first + q) * K; i < (first + q + 1) * K; i++) {
      const key = Number(index[i]);
      if (key < length) values[q * length + key] = Number(counts[i]) * scale;
    }
  }
  return values;
}

/** Returns the weights of row `query`. */
export function rowOf(map: HeadMap, query: number): Float32Array {
  return map.values.subarray(query * map.width, (query + 1) * map.width);
}

/** Returns the largest weight; 0 where none is finite. */
export function peakOf({ values }: ValueMap): number {
  let peak = 0;
  for (const value of values) if (value > peak && value !== Infinity) peak = value;
  return peak;
}

/** Returns the mean over rows of the stored weights' sum: 1 where all are stored. */
export function storedMass({ values, height }: HeadMap): number {
  let mass = 0;
  for (const value of values) if (Number.isFinite(value)) mass += value;
  return height > 0 ? mass / height : 0;
}

/** Returns the `count` keys of the largest weights of `row`, largest first. */
export function topKeys(row: Float32Array, count: number): number[] {
  return [...row.keys()]
    .filter((key) => row[key] > 0)
    .sort((a, b) => row[b] - row[a])
    .slice(0, count);
}

/** "top 8 of 128 per row, 93 % of the mass"; null where all is stored. */
export function keptWords(map: HeadMap): string | null {
  if (map.kept === null) return null;
  const mass = Math.round(100 * storedMass(map));
  return `top ${map.kept} of ${map.width} per row, ${mass} % of the mass`;
}

/** Returns what the query attends to over the cells of the grid. */
export function overGrid(
  map: HeadMap,
  query: number,
  prefix: number,
  [height, width]: readonly [number, number],
): ValueMap {
  const row = rowOf(map, query);
  const values = new Float32Array(height * width);
  for (let i = 0; i < values.length; i++) {
    const weight = row[prefix + i];
    values[i] = Number.isNaN(weight) ? 0 : (weight ?? 0);
  }
  return { values, height, width };
}
