/** Histograms of one row, decoded when they are looked at. */
import { decodeHistogram, type Histogram, mergeHistograms } from "../../histograms";
import { membersOf } from "./grid";
import type { Level } from "./groups";
import type { Counted } from "./tracks";

const decoded = new WeakMap<Counted, Map<string, Histogram | null>>();

/** Returns the histogram of the row `name`, or null where the record has none of it. */
export function histogramOf(counted: Counted, level: Level, name: string): Histogram | null {
  const known = decoded.get(counted) ?? new Map<string, Histogram | null>();
  decoded.set(counted, known);
  const key = `${level.rollUp} ${level.depth} ${name}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const layers = membersOf(counted.table, level, name);
  const parts = layers.map((layer) =>
    decodeHistogram(bytesOf(counted, layer), counted.mantissaBits),
  );
  const merged = parts.length > 0 ? mergeHistograms(parts) : null;
  known.set(key, merged);
  return merged;
}

function bytesOf({ bins, ends }: Counted, layer: number): Uint8Array {
  return bins.subarray(layer === 0 ? 0 : ends[layer - 1], ends[layer]);
}

/** Returns at most `wanted` of `length` places, evenly spread, always with the last and `kept`. */
export function evenly(length: number, wanted: number, kept: number): number[] {
  if (length <= wanted) return Array.from({ length }, (_, i) => i);
  const places = new Set<number>();
  for (let i = 0; i < wanted; i++) places.add(Math.round((i * (length - 1)) / (wanted - 1)));
  if (kept >= 0) places.add(kept);
  return [...places].sort((a, b) => a - b);
}
