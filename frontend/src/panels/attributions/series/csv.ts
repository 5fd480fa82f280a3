/** Every shown value as a table. */
import { type Cell, csvDownload } from "../../../csv";
import { dequantise } from "../../../maps/dequantise";
import type { Sample } from "../../../samples";
import type { Download, PanelContext } from "../../../types";
import { sumOf } from "../account";
import { targetCells } from "../csv";
import { type Model, modelOf, type Track } from "../model";
import { isAbsence, mapOf, type Source } from "../sources";
import { pointsOf } from "./signals";

export const HEADER = [
  "run",
  "epoch",
  "step",
  "sample",
  "name",
  "label",
  "method",
  "target",
  "target_output",
  "base",
  "total",
  "channel",
  "first_point",
  "value",
  "unit",
] as const;

/** Returns one row per run, method, sample, channel and point of the scrubbed moment. */
export function csv(context: PanelContext): Download | null {
  const model = modelOf(context, "series");
  if (model.tracks.value.length === 0) return null;
  return csvDownload("attributions-series.csv", HEADER, rowsOf(model));
}

export function* rowsOf(model: Model): Generator<Cell[]> {
  for (const track of model.tracks.value) {
    const source = track.sources[model.scrubbed.value[track.run]];
    if (!source || isAbsence(source)) continue;
    for (const sample of model.samples.value) yield* rowsOfSample(model, track, source, sample);
  }
}

function* rowsOfSample(
  model: Model,
  track: Track,
  source: Source,
  sample: Sample,
): Generator<Cell[]> {
  const stored = mapOf(source, sample.hash);
  if (isAbsence(stored)) return;
  const { values, height, width } = dequantise(stored);
  const { run, moments } = model.runs.value[track.run];
  const { epoch, step } = moments[model.scrubbed.value[track.run]];
  const n = source.probe.places.get(sample.hash) ?? -1;
  const sum = sumOf(source.account, source.targetOutputs, n);
  const points = pointsOf(source.probe, width);
  const { hash, name, label } = sample;
  const about = [run, epoch, step, hash, name, label, source.method, ...targetCells(source, hash)];
  for (let channel = 0; channel < height; channel++) {
    for (let i = 0; i < width; i++) {
      const first = Math.floor((i * points) / width);
      const value = values[channel * width + i];
      yield [...about, sum?.base ?? null, sum?.total ?? null, channel, first, value, source.unit];
    }
  }
}
