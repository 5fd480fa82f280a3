/** What the tiles of a sample show, and on which scales. */
import { dequantise } from "../../../maps/dequantise";
import { difference } from "../../../maps/difference";
import { isFlat, ownScale, type Scale } from "../../../maps/scale";
import type { Sample } from "../../../samples";
import { peaksOf } from "../../attributions/limits";
import { isAbsence, mapOf, type Source } from "../../attributions/sources";
import type { Content } from "../../attributions/tiles";
import { measuresOf } from "../measures";
import type { Pair } from "../pairs";

/** Which tile of a card. */
export type Part = "a" | "b" | "difference";

/** The largest |value| of all samples: of the maps of both ends, and of their differences. */
export interface SharedLimits {
  readonly maps: number;
  readonly difference: number;
}

/** Returns the limits over `pairs`, whatever the filter: it must not change colours. */
export function limitsOf(a: Source, b: Source, pairs: readonly Pair[]): SharedLimits {
  let [maps, largest] = [0, 0];
  for (const { sample } of pairs) {
    maps = Math.max(maps, peakOfBoth(a, b, sample));
    const change = measuresOf(a, b, sample.hash).difference;
    if (change > largest) largest = change;
  }
  return { maps, difference: largest };
}

/** Returns the largest |value| of a sample at both ends. */
export function peakOfBoth(a: Source, b: Source, sample: Sample): number {
  return Math.max(peakIn(a, sample), peakIn(b, sample));
}

function peakIn(source: Source, { hash }: Sample): number {
  const n = source.probe.places.get(hash);
  return n === undefined ? 0 : (peaksOf(source)[n] ?? 0);
}

export interface Pictured {
  readonly a: Source;
  readonly b: Source;
  readonly limits: SharedLimits;
  /** Whether all samples share the scale of the maps, and that of the differences. */
  readonly shared: boolean;
  readonly sharedChange: boolean;
}

/** Returns what `part` of a card shows; null where its map is missing, or sizes differ. */
export function contentOf(of: Pictured, part: Part, sample: Sample): Content | null {
  return part === "difference" ? changeContent(of, sample) : mapContent(of, of[part], sample);
}

/** A and B of one sample are always on one scale. */
function mapContent({ a, b, limits, shared }: Pictured, source: Source, sample: Sample) {
  const stored = mapOf(source, sample.hash);
  if (isAbsence(stored)) return null;
  const signed = a.signed || b.signed;
  const all: Scale = { limit: limits.maps, signed };
  return {
    source,
    map: () => dequantise(stored),
    scale: shared ? all : ownScale(peakOfBoth(a, b, sample), all),
    peak: peakIn(source, sample),
    flat: isFlat(peakIn(source, sample), all),
    key: `${source.id}.${source.probe.places.get(sample.hash)} ${signed}`,
  };
}

function changeContent({ a, b, limits, sharedChange }: Pictured, sample: Sample): Content | null {
  const [before, after] = [mapOf(a, sample.hash), mapOf(b, sample.hash)];
  if (isAbsence(before) || isAbsence(after)) return null;
  if (before.height !== after.height || before.width !== after.width) return null;
  const shared = { limit: limits.difference, signed: true };
  const peak = measuresOf(a, b, sample.hash).difference;
  return {
    source: b,
    map: () => difference(dequantise(after), dequantise(before)),
    scale: sharedChange ? shared : ownScale(peak, shared),
    peak,
    flat: isFlat(peak, shared),
    key: `${b.id}-${a.id}.${sample.hash}`,
  };
}
