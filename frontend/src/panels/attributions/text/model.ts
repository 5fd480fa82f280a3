/** What the parts that draw texts share: how tokens are read, and on which scale. */
import { computed, type ReadonlySignal } from "@preact/signals";
import { ownScale, type Scale } from "../../../maps/scale";
import type { PanelContext } from "../../../types";
import { sampleKey } from "../limits";
import { type Model, modelOf, present, type Track } from "../model";
import { drawn } from "../settings";
import { type Absence, isAbsence } from "../sources";
import { type Manner, type Reading, readingOf } from "./reading";
import { read } from "./settings";

/** The largest |value| of a method: in all readings, and of a sample in a run over time. */
interface Limits {
  shared: number;
  readonly bySample: Map<string, number>;
}

export interface TextModel {
  readonly base: Model;
  readonly manner: ReadonlySignal<Manner>;
  /** Whether any shown map has norms to show. */
  readonly hasNorms: ReadonlySignal<boolean>;
  /** By method. */
  readonly limits: ReadonlySignal<ReadonlyMap<string, Limits>>;
}

const models = new WeakMap<PanelContext, TextModel>();

/** Returns the one model of `context`. */
export function textModelOf(context: PanelContext): TextModel {
  const known = models.get(context) ?? newModel(modelOf(context, "text"));
  models.set(context, known);
  return known;
}

function newModel(base: Model): TextModel {
  const manner = computed(() => ({
    merged: read.merged.value,
    norms: read.measure.value === "norm",
  }));
  return {
    base,
    manner,
    hasNorms: computed(() =>
      base.tracks.value.some((track) => present(track).some(({ account }) => account?.norms)),
    ),
    limits: computed(() => limitsOf(base, manner.value)),
  };
}

function limitsOf(base: Model, manner: Manner): Map<string, Limits> {
  const all = new Map<string, Limits>();
  for (const track of base.tracks.value) {
    const limits = all.get(track.method) ?? { shared: 0, bySample: new Map<string, number>() };
    all.set(track.method, limits);
    for (const { hash } of base.allSamples.value) raise(limits, track, hash, manner);
  }
  return all;
}

function raise(limits: Limits, track: Track, hash: string, manner: Manner): void {
  let peak = 0;
  for (const source of present(track)) {
    const reading = readingOf(source, hash, manner);
    if (!isAbsence(reading)) peak = Math.max(peak, reading.peak);
  }
  limits.shared = Math.max(limits.shared, peak);
  limits.bySample.set(sampleKey(track.run, hash), peak);
}

/** Returns how `track` reads the sample at its `moment`-th record, or why it does not. */
export function readingAt(
  { manner }: TextModel,
  { sources }: Track,
  moment: number,
  hash: string,
): Reading | Absence {
  const source = sources[moment];
  if (!source) return { reason: "This run recorded nothing at this moment.", gap: false };
  return isAbsence(source) ? source : readingOf(source, hash, manner.value);
}

/** Returns the scale that `reading` is drawn on. */
export function scaleOf(
  { limits }: TextModel,
  { method, run }: Track,
  { peak, signed }: Reading,
  hash: string,
): Scale {
  const known = limits.value.get(method);
  const shared = { limit: known?.shared ?? peak, signed };
  if (drawn.scale.value === "shared") return shared;
  const ofSample = known?.bySample.get(sampleKey(run, hash)) ?? peak;
  return ownScale(drawn.scale.value === "own" ? peak : ofSample, shared);
}
