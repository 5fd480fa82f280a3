/** Maps as stored and as numbers. The format is defined in tb_explain/schema.py, `quantise`. */
import type { NamedArray } from "../types";

/** One map inside a record's [N, height, width] array, not yet dequantised. */
export interface StoredMap {
  readonly counts: NamedArray["data"];
  /** Index of the map's first cell in `counts`. */
  readonly start: number;
  readonly height: number;
  readonly width: number;
  /** Unit per count. */
  readonly scale: number;
}

/** A map in its unit, row by row. */
export interface ValueMap {
  readonly values: Float32Array;
  readonly height: number;
  readonly width: number;
}

/** Returns map `n` of the [N, height, width] array `maps`, whose scales are [N]. */
export function storedMap(maps: NamedArray, scales: NamedArray, n: number): StoredMap {
  const [N, height, width] = maps.shape;
  if (maps.shape.length !== 3 || N === undefined || height === undefined || width === undefined) {
    throw new Error(`Maps have shape [${maps.shape.join(", ")}]; expected [N, height, width].`);
  }
  if (n < 0 || n >= N) throw new Error(`Map ${n} of ${N} was asked for.`);
  const scale = Number(scales.data[n]);
  return { counts: maps.data, start: n * height * width, height, width, scale };
}

/** Returns the values of `map`: its counts times its scale; raw float maps have scale 1. */
export function dequantise(map: StoredMap): ValueMap {
  const end = map.start + map.height * map.width;
  // Converting a typed array as a whole is several times faster than reading it cell by cell.
  const values = Float32Array.from(map.counts.subarray(map.start, end) as Uint8Array);
  for (let i = 0; i < values.length; i++) values[i] *= map.scale;
  return { values, height: map.height, width: map.width };
}

/** Returns the largest finite |value| of `map`, without dequantising it; 0 where none is finite. */
export function storedPeak(map: StoredMap): number {
  const end = map.start + map.height * map.width;
  let peak = 0;
  for (let i = map.start; i < end; i++) {
    const size = Math.abs(Number(map.counts[i]));
    if (size > peak && size !== Infinity) peak = size;
  }
  return peak * map.scale;
}
