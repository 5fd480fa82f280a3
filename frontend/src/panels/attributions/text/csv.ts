/** Every shown token's value as a table. */
import { type Cell, csvDownload } from "../../../csv";
import type { Sample } from "../../../samples";
import type { Download, PanelContext } from "../../../types";
import { sumOf } from "../account";
import { targetCells } from "../csv";
import type { Model, Track } from "../model";
import { predictionOf } from "../predictions";
import { isAbsence, type Source } from "../sources";
import { textModelOf } from "./model";
import { readingOf } from "./reading";

export const HEADER = [
  "run",
  "epoch",
  "step",
  "sample",
  "name",
  "label",
  "prediction",
  "score",
  "method",
  "target",
  "target_output",
  "base",
  "total",
  "token",
  "text",
  "value",
  "l2_norm",
  "unit",
] as const;

/** Returns one row per shown run, method, record, sample and token, padding left out. */
export function csv(context: PanelContext): Download | null {
  const { base } = textModelOf(context);
  if (base.tracks.value.length === 0) return null;
  return csvDownload("attributions-text.csv", HEADER, rowsOf(base));
}

export function* rowsOf(model: Model): Generator<Cell[]> {
  for (const track of model.tracks.value) {
    for (const [moment, source] of track.sources.entries()) {
      if (isAbsence(source)) continue;
      for (const sample of model.samples.value)
        yield* rowsOfSample(model, track, moment, source, sample);
    }
  }
}

function* rowsOfSample(
  model: Model,
  track: Track,
  moment: number,
  source: Source,
  sample: Sample,
): Generator<Cell[]> {
  const sums = readingOf(source, sample.hash, { merged: false, norms: false });
  if (isAbsence(sums)) return;
  const norms = source.account?.norms
    ? readingOf(source, sample.hash, { merged: false, norms: true })
    : null;
  const run = model.runs.value[track.run];
  const at = run.moments[moment];
  const prediction = predictionOf(run, at, sample.hash);
  const n = source.probe.places.get(sample.hash) ?? -1;
  const sum = sumOf(source.account, source.targetOutputs, n);
  for (let t = 0; t < sums.words.length - sums.padding; t++) {
    yield [
      run.run,
      at.epoch,
      at.step,
      sample.hash,
      sample.name,
      sample.label,
      prediction?.predicted ?? null,
      prediction?.topScore ?? null,
      source.method,
      ...targetCells(source, sample.hash),
      sum?.base ?? null,
      sum?.total ?? null,
      t,
      sums.words[t].raw,
      sums.values[t],
      norms && !isAbsence(norms) ? norms.values[t] : null,
      source.unit,
    ];
  }
}
