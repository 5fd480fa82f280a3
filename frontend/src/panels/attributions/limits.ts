/** The largest |value| over the shown maps: what shared scales are made of. */
import { type StoredMap, storedMap, storedPeak } from "../../maps/dequantise";
import type { Sample } from "../../samples";
import type { NamedArray } from "../../types";
import type { Source } from "./sources";

const peaks = new WeakMap<NamedArray, Float32Array>();

/** Returns the peak of each sample's map, computed once. */
export function peaksOf({ maps, scales }: Source): Float32Array {
  const known = peaks.get(maps);
  if (known) return known;
  const fresh = new Float32Array(maps.shape[0]);
  for (let n = 0; n < fresh.length; n++) fresh[n] = storedPeak(storedMap(maps, scales, n));
  peaks.set(maps, fresh);
  return fresh;
}

/** Limits of one method and layer: over all shown samples, and of each in each run. */
export interface Limits {
  shared: number;
  signed: boolean;
  /** By `sampleKey`. */
  readonly bySample: Map<string, number>;
}

/** Runs differ in the range of their logits: a sample has a scale of its own in each. */
export function sampleKey(run: number, hash: string): string {
  return `${run} ${hash}`;
}

/** Maps of one method and layer share a scale. */
export function scaleKey(source: Source): string {
  return `${source.method}\n${source.layer}`;
}

/** Returns the limits of the maps of `samples` in `sources`, by `scaleKey`. */
export function limitsOf(
  sources: readonly { readonly run: number; readonly source: Source }[],
  samples: readonly Sample[],
): Map<string, Limits> {
  const all = new Map<string, Limits>();
  for (const { run, source } of sources) {
    const limits = all.get(scaleKey(source)) ?? { shared: 0, signed: false, bySample: new Map() };
    all.set(scaleKey(source), limits);
    limits.signed ||= source.signed;
    const ofRecord = peaksOf(source);
    for (const { hash } of samples) {
      const n = source.probe.places.get(hash);
      if (n !== undefined && n < ofRecord.length) raise(limits, sampleKey(run, hash), ofRecord[n]);
    }
  }
  return all;
}

function raise(limits: Limits, key: string, peak: number): void {
  if (peak > limits.shared) limits.shared = peak;
  if (peak > (limits.bySample.get(key) ?? -1)) limits.bySample.set(key, peak);
}

/** Returns the largest finite |first - second|, or null where resolutions differ. */
export function differencePeak(first: StoredMap, second: StoredMap): number | null {
  if (first.height !== second.height || first.width !== second.width) return null;
  let peak = 0;
  for (let k = first.height * first.width - 1; k >= 0; k--) {
    const value = Number(first.counts[first.start + k]) * first.scale;
    const size = Math.abs(value - Number(second.counts[second.start + k]) * second.scale);
    if (size > peak && size !== Number.POSITIVE_INFINITY) peak = size;
  }
  return peak;
}
