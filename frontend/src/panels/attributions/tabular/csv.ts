/** Every attribution to a feature, as a table. */
import { type Cell, csvDownload } from "../../../csv";
import type { Sample } from "../../../samples";
import type { Download, PanelContext } from "../../../types";
import { type Model, modelOf, type Track } from "../model";
import { predictionOf } from "../predictions";
import { isAbsence } from "../sources";
import { valueWords } from "./features";
import { featureAt, readingOf } from "./readings";

export const HEADER = [
  "run",
  "epoch",
  "step",
  "sample",
  "name",
  "label",
  "prediction",
  "method",
  "target",
  "output",
  "base",
  "feature",
  "value",
  "attribution",
  "unit",
] as const;

/** Returns one row per shown run, method, moment, sample and feature. */
export function csv(context: PanelContext): Download | null {
  if (modelOf(context, "tabular").tracks.value.length === 0) return null;
  return csvDownload("attributions.csv", HEADER, rowsOf(context));
}

export function* rowsOf(context: PanelContext): Generator<Cell[]> {
  const model = modelOf(context, "tabular");
  for (const track of model.tracks.value) {
    for (const moment of model.runs.value[track.run].moments.keys()) {
      for (const sample of model.samples.value) {
        yield* sampleRows(context, model, { track, moment, sample });
      }
    }
  }
}

interface Place {
  readonly track: Track;
  /** By index. */
  readonly moment: number;
  readonly sample: Sample;
}

function* sampleRows(context: PanelContext, model: Model, place: Place): Generator<Cell[]> {
  const { track, moment, sample } = place;
  const run = model.runs.value[track.run];
  const reading = readingOf(context, run, track, moment, sample);
  if (isAbsence(reading)) return;
  const { source, sum, values, target } = reading;
  const { epoch, step } = run.moments[moment];
  const predicted = predictionOf(run, run.moments[moment], sample.hash)?.predicted ?? null;
  for (const [f, attribution] of values.entries()) {
    const { feature, value } = featureAt(reading, f);
    yield [
      ...[run.run, epoch, step, sample.hash, sample.name, sample.label, predicted],
      ...[source.method, target, sum?.output ?? null, sum?.base ?? null],
      ...[feature.name, valueWords(feature, value), attribution, source.unit],
    ];
  }
}
