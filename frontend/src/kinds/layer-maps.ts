/** What layers look like: feature maps of probe samples, and filters. */
import type { NamedArray, TrainingRecord } from "../types";
import { type Arrays, firstFault, isCounts, isText, objectOf, shaped } from "./shared";

export function checkFeatureMaps({ fields, arrays }: TrainingRecord): string | null {
  const { probe, samples, maps } = fields;
  if (!isText(probe)) return "it does not name its probe";
  if (!isCounts(samples) || !Array.isArray(maps)) return "it lists no samples and maps";
  return firstFault(maps.map(objectOf), (map) => checkMap(map, samples.length, arrays));
}

function checkMap(
  { array, layer, channels, signed }: Record<string, unknown>,
  n: number,
  arrays: Arrays,
): string | null {
  const named = isText(array) && isText(layer) && typeof signed === "boolean";
  if (!named || !isCounts(channels)) return "one of its feature maps is not described";
  const K = channels.length;
  return (
    shaped(arrays, array, typeOf(arrays[array]), [n, K, null, null]) ??
    shaped(arrays, `${array}.scale`, Float32Array, [n, K])
  );
}

export function checkFilters({ fields, arrays }: TrainingRecord): string | null {
  const { layer, channels } = fields;
  if (!isText(layer) || !isCounts(channels)) return "its filters are not described";
  const O = channels.length;
  return (
    shaped(arrays, "filters", typeOf(arrays.filters), [O, null, null, null]) ??
    shaped(arrays, "filters.scale", Float32Array, [O])
  );
}

/** Maps are of 8 bits, or as they were where a value is not finite; see schema.py, `quantise`. */
function typeOf(array: NamedArray | undefined) {
  if (array?.data instanceof Float32Array) return Float32Array;
  return array?.data instanceof Int8Array ? Int8Array : Uint8Array;
}
