/** Decides what a tile shows, and keeps the pixels of those drawn before. */

import { dequantise, type ValueMap } from "../../maps/dequantise";
import { difference } from "../../maps/difference";
import { isFlat, ownScale, type Scale } from "../../maps/scale";
import { differencePeak, peaksOf, sampleKey, scaleKey } from "./limits";
import { LeastRecentlyUsed } from "./lru";
import { type Model, trackOf } from "./model";
import { pictureOf } from "./pictures";
import { referenceOf } from "./reference";
import { type Look, renderMap, renderPicture, type Size } from "./render";
import type { Sample } from "./samples";
import type { Drawing, ScaleName } from "./settings";
import { type Absence, isAbsence, mapOf, type Source } from "./sources";

const BOUND = 128 * 2 ** 20; // bytes: a 4K screen of tiles three times over

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
  const n = source.probe.index.get(sample.hash) ?? 0;
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
  const key = `${source.id}-${other.id}.${source.probe.index.get(sample.hash)}`;
  const map = () => difference(dequantise(stored), dequantise(before));
  return { source, map, scale, peak, flat: isFlat(peak, shared), key };
}

function sizes({ height, width }: { readonly height: number; readonly width: number }): string {
  return `${height} x ${width}`;
}

const cache = new LeastRecentlyUsed<string, Uint32Array>(BOUND);

/** Of a cache entry beside its pixels, in bytes: key, array header, list node. */
const ENTRY = 400;

/** What the last frame cost, for the measure that tests read. */
export const composed = { tiles: 0 };

/** Pixels; "pending" while a picture is decoded; null where nothing can be drawn. */
export type Pixels = Uint32Array | "pending" | null;

/** Returns the pixels of the input of `sample` alone. */
export function inputPixels(model: Model, sample: Sample, size: Size): Pixels {
  const picture = pictureOf(model.runs.value, sample.hash);
  if (picture === null || picture === "pending") return picture;
  const key = `input ${size.width}x${size.height} ${sample.hash}`;
  return cached(key, () => renderPicture(picture, size));
}

/** Returns the pixels of `content`; `lookKey` must change whenever `look` does. */
export function contentPixels(
  model: Model,
  content: Content,
  sample: Sample,
  look: Look,
  lookKey: string,
  size: Size,
): Pixels {
  const picture = look.solid ? null : inputPixels(model, sample, size);
  if (picture === "pending") return picture;
  const place = `${size.width}x${size.height} ${content.key} ${content.scale.limit}`;
  return cached(`${lookKey} ${place} ${picture ? sample.hash : ""}`, () => {
    composed.tiles++;
    return renderMap(content.map(), picture, content.scale, look, size);
  });
}

function cached(key: string, render: () => Uint32Array): Uint32Array {
  const known = cache.get(key);
  if (known) return known;
  const pixels = render();
  cache.set(key, pixels, pixels.byteLength + ENTRY);
  return pixels;
}
