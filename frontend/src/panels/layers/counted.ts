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

/** Returns at most `wanted` of `places`, evenly spread, always with the last, and `kept` if it is one. */
export function evenly(places: readonly number[], wanted: number, kept: number): number[] {
  const last = places.length - 1;
  const chosen = new Set(places.length <= wanted ? places : []);
  for (let i = 0; i < wanted && last >= wanted; i++) {
    chosen.add(places[Math.round((i * last) / (wanted - 1))]);
  }
  if (kept >= 0) chosen.add(kept);
  return [...chosen].sort((a, b) => a - b);
}
