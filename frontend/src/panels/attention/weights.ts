/** Weights of one head for one sample, as numbers. */
import type { ValueMap } from "../../maps/dequantise";
import type { NamedArray, TrainingRecord } from "../../types";
import { LeastRecentlyUsed } from "../attributions/lru";
import type { Shown } from "./records";

/** Weights by query (height) and key (width); NaN where they were not stored. */
export interface HeadMap extends ValueMap {
  /** Weights stored of each row; null: all. */
  readonly kept: number | null;
}

const BOUND = 96 * 2 ** 20; // bytes of decoded maps
const decoded = new LeastRecentlyUsed<string, HeadMap>(BOUND);
const numbers = new WeakMap<TrainingRecord, number>();
let counted = 0;

/** Returns the weights of head `head` of layer `layer`, by index, without padding. */
export function headMap(shown: Shown, layer: number, head: number): HeadMap {
  return kept(shown, `${layer}.${head}`, () => {
    const stored = storedIn(shown, layer, head);
    const { height, width } = stored;
    const values = new Float32Array(height * width).fill(stored.index ? Number.NaN : 0);
    for (let q = 0; q < height; q++) {
      eachWeight(stored, q, (key, weight) => {
        values[q * width + key] = weight;
      });
    }
    return { values, height, width, kept: keptOf(stored) };
  });
}

/** Cells of a map that is to be small; of longer sequences several tokens share one. */
const SMALL = 128;

/** Returns the weights of a head where a cell holds the largest of those that fall into it. */
export function smallMap(shown: Shown, layer: number, head: number): HeadMap {
  const stored = storedIn(shown, layer, head);
  if (Math.max(stored.height, stored.width) <= SMALL) return headMap(shown, layer, head);
  return kept(shown, `${layer}.${head}.small`, () => {
    const shrink = Math.max(stored.height, stored.width) / SMALL;
    const [height, width] = [stored.height, stored.width].map((size) => Math.ceil(size / shrink));
    const values = new Float32Array(height * width).fill(Number.NaN);
    for (let q = 0; q < stored.height; q++) {
      eachWeight(stored, q, (key, weight) => {
        const cell = Math.floor(q / shrink) * width + Math.floor(key / shrink);
        if (!(weight <= values[cell])) values[cell] = weight;
      });
    }
    return { values, height, width, kept: keptOf(stored) };
  });
}

/** Returns the weights of one query; NaN where they were not stored. */
export function headRow(shown: Shown, layer: number, head: number, query: number): Float32Array {
  const stored = storedIn(shown, layer, head);
  const row = new Float32Array(stored.width).fill(stored.index ? Number.NaN : 0);
  if (query >= stored.height) return row;
  eachWeight(stored, query, (key, weight) => {
    row[key] = weight;
  });
  return row;
}

function kept({ record, n }: Shown, name: string, decode: () => HeadMap): HeadMap {
  const number = numbers.get(record) ?? counted++;
  numbers.set(record, number);
  const key = `${number}.${n}.${name}`;
  const known = decoded.get(key);
  if (known) return known;
  const map = decode();
  decoded.set(key, map, map.values.byteLength);
  return map;
}

/** The stored rows of one head: row q begins at (first + q) * K in the layer's arrays. */
interface Stored {
  readonly counts: NamedArray["data"];
  readonly scales: NamedArray["data"];
  readonly index: NamedArray["data"] | null;
  readonly first: number;
  readonly K: number;
  /** Queries and keys that are not padding. */
  readonly height: number;
  readonly width: number;
}

function storedIn({ record: { arrays }, n, length }: Shown, layer: number, head: number): Stored {
  const map = arrays[`map.${layer}`];
  const index = arrays[`index.${layer}`]?.data ?? null;
  const [, H, Tq, K] = map.shape;
  const height = Math.min(Tq, length);
  return {
    counts: map.data,
    scales: arrays[`map.${layer}.scale`].data,
    index,
    first: (n * H + head) * Tq,
    K,
    height,
    // Keys of another sequence than the queries' have no length of their own on record.
    width: index || K === Tq ? height : K,
  };
}

function eachWeight(stored: Stored, query: number, visit: (key: number, weight: number) => void) {
  const { counts, scales, index, first, K, width } = stored;
  const scale = Number(scales[first + query]);
  const start = (first + query) * K;
  for (let k = 0; k < K; k++) {
    const key = index ? Number(index[start + k]) : k;
    if (key < width) visit(key, Number(counts[start + k]) * scale);
  }
}

function keptOf({ index, K, width }: Stored): number | null {
  return index && K < width ? K : null;
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

/** "top 8 of 128 per row, 93 % of the mass"; null where all is stored and finite. */
export function keptWords(map: HeadMap): string | null {
  if (map.kept === null) return map.values.every(Number.isFinite) ? null : "not finite";
  const mass = Math.round(100 * storedMass(map));
  return `top ${map.kept} of ${map.width} per row, ${mass} % of the mass`;
}

/** Returns what a query attends to over the cells of the grid; NaN where it was not stored. */
export function overGrid(
  row: Float32Array,
  prefix: number,
  [height, width]: readonly [number, number],
): ValueMap {
  const values = new Float32Array(height * width).fill(Number.NaN);
  values.set(row.subarray(prefix, prefix + values.length));
  return { values, height, width };
}
