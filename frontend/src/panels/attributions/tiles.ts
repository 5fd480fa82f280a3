/** Decides what a tile shows; pixels.ts draws it. */
import { dequantise, type ValueMap } from "../../maps/dequantise";
import { difference } from "../../maps/difference";
import { isFlat, ownScale, type Scale } from "../../maps/scale";
import type { Sample } from "../../samples";
import { UNLOADED } from "./columns";
import { differencePeak, peaksOf, sampleKey, scaleKey } from "./limits";
import { type Model, trackOf } from "./model";
import { referenceOf } from "./reference";
import type { Drawing, ScaleName } from "./settings";
import { type Absence, isAbsence, mapOf, NOT_LOADED, type Source } from "./sources";

/** One tile's data: its map, or for a difference its change, and the scale it is drawn on. */
export interface Content {
  readonly source: Source;
  /** Computes what is drawn; most tiles of a frame are cached and never ask. */
  map(): ValueMap;
  readonly scale: Scale;
  readonly peak: number;
  /** The map is too weak to be told from zero on the shared scale. */
  readonly flat: boolean;
  /** Tells this content from any other on the page. */
  readonly key: string;
}

/** Returns the content at `moment` (an index into the run's moments), or why there is none. */
export function contentOf(
  model: Model,
  track: number,
  moment: number,
  sample: Sample,
  drawing: Drawing,
  scaleName: ScaleName,
): Content | Absence {
  const { run, method, sources } = model.tracks.value[track];
  const source = sources[moment];
  if (moment === UNLOADED) return NOT_LOADED;
  if (!source) return { reason: "This run recorded nothing at this moment.", gap: false };
  if (isAbsence(source)) return source;
  if (drawing !== "difference") return plainContent(model, run, source, sample, scaleName);
  const place = referenceOf(model.runs.value, { run, moment }, model.against.value);
  if (typeof place === "string") return { reason: place, gap: false };
  const other = trackOf(model.tracks.value, place.run, method)?.sources[place.moment];
  if (!other) return { reason: "There is no record to compare with.", gap: false };
  if (isAbsence(other)) return { ...other, reason: `To compare with: ${other.reason}` };
  return changedContent(model, source, other, sample, scaleName);
}

function plainContent(
  model: Model,
  run: number,
  source: Source,
  sample: Sample,
  scaleName: ScaleName,
): Content | Absence {
  const stored = mapOf(source, sample.hash);
  if (isAbsence(stored)) return stored;
  const limits = model.limits.value.get(scaleKey(source));
  const shared = { limit: limits?.shared ?? 0, signed: source.signed };
  const n = source.probe.places.get(sample.hash) ?? 0;
  const peak = peaksOf(source)[n];
  const ofSample = limits?.bySample.get(sampleKey(run, sample.hash)) ?? peak;
  const scale =
    scaleName === "shared" ? shared : ownScale(scaleName === "own" ? peak : ofSample, shared);
  const key = `${source.id}.${n}`;
  const map = () => dequantise(stored);
  return { source, map, scale, peak, flat: isFlat(peak, shared), key };
}

function changedContent(
  model: Model,
  source: Source,
  other: Source,
  sample: Sample,
  scaleName: ScaleName,
): Content | Absence {
  const [stored, before] = [mapOf(source, sample.hash), mapOf(other, sample.hash)];
  if (isAbsence(stored)) return stored;
  if (isAbsence(before)) return { ...before, reason: `To compare with: ${before.reason}` };
  const peak = differencePeak(stored, before);
  if (peak === null) {
    return { reason: `${sizes(stored)} and ${sizes(before)} cells do not compare.`, gap: false };
  }
  const shared = { limit: model.differenceLimits.value.get(scaleKey(source)) ?? 0, signed: true };
  const scale = scaleName === "own" ? ownScale(peak, shared) : shared;
  const key = `${source.id}-${other.id}.${source.probe.places.get(sample.hash)}`;
  const map = () => difference(dequantise(stored), dequantise(before));
  return { source, map, scale, peak, flat: isFlat(peak, shared), key };
}

function sizes({ height, width }: { readonly height: number; readonly width: number }): string {
  return `${height} x ${width}`;
}
