/** What a method found in one sample of a table, with the table's own values beside it. */
import { dequantise } from "../../../maps/dequantise";
import { className, type Sample } from "../../../samples";
import type { PanelContext } from "../../../types";
import { type Sum, sumOf } from "../account";
import type { Model, Track } from "../model";
import type { RunRecords } from "../records";
import { type Absence, isAbsence, mapOf, type Source } from "../sources";
import { type Feature, type Table, tableOf, valueIn } from "./features";

export interface Reading {
  readonly source: Source;
  readonly table: Table;
  /** Index of the sample in the probe. */
  readonly n: number;
  /** [F], in `source.unit`. */
  readonly values: Float32Array;
  readonly sum: Sum | null;
  /** What is explained, as "logit of bad". */
  readonly target: string;
}

/** Returns what `track` found in `sample` at its `moment`-th record, or why there is nothing. */
export function readingOf(
  { series }: PanelContext,
  { run }: RunRecords,
  { sources }: Track,
  moment: number,
  { hash }: Sample,
): Reading | Absence {
  const source = sources[moment];
  if (!source) return { reason: "This run recorded nothing up to here.", gap: false };
  if (isAbsence(source)) return source;
  const stored = mapOf(source, hash);
  if (isAbsence(stored)) return stored;
  const n = source.probe.places.get(hash) ?? 0;
  const { values } = dequantise(stored);
  const table = tableOf(series.value, run, source.probe.digest, values.length);
  const sum = sumOf(source.account, source.targetOutputs, n);
  return { source, table, n, values, sum, target: targetWords(source, n) };
}

function targetWords({ targetClasses, probe, unit }: Source, n: number): string {
  const known = targetClasses ? Number(targetClasses.data[n]) : -1;
  const what = unit.startsWith("logit") ? "logit" : "output";
  return known < 0 ? what : `${what} of ${className(probe.classNames, known)}`;
}

/** Returns the readings of all shown tracks at the scrubbed moment. */
export function readingsOf(context: PanelContext, model: Model, sample: Sample) {
  return model.tracks.value.map((track) => {
    const run = model.runs.value[track.run];
    const moment = model.scrubbed.value[track.run];
    return { track, run, reading: readingOf(context, run, track, moment, sample) };
  });
}

/** Returns the feature at `f` and its value in the reading's sample. */
export function featureAt({ table, n }: Reading, f: number): { feature: Feature; value: number } {
  return { feature: table.features[f], value: valueIn(table, n, f) };
}
