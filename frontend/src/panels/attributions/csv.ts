/** Figures of every shown map as a table. */

import { type Cell, csvDownload } from "../../csv";
import { dequantise } from "../../maps/dequantise";
import { centreOfMass, magnitude, peak, positiveMass } from "../../maps/statistics";
import type { Sample } from "../../samples";
import type { Download, PanelContext } from "../../types";
import { targetName } from "./facts";
import { type Model, modelOf, type Track } from "./model";
import { predictionOf } from "./predictions";
import { isAbsence, mapOf, type Source } from "./sources";

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
  "layer",
  "target",
  "target_output",
  "max_abs",
  "unit",
  "positive_mass",
  "peak_x",
  "peak_y",
  "centre_x",
  "centre_y",
] as const;

/** Returns one row per shown run, method, moment and sample; maps unsmoothed, positions in [0, 1]. */
export function csv(context: PanelContext): Download | null {
  const model = modelOf(context);
  if (model.tracks.value.length === 0) return null;
  return csvDownload("attributions.csv", HEADER, rowsOf(model));
}

export function* rowsOf(model: Model): Generator<Cell[]> {
  for (const track of model.tracks.value) {
    for (const [moment, source] of track.sources.entries()) {
      if (isAbsence(source)) continue;
      for (const sample of model.samples.value) {
        const row = rowOf(model, track, moment, source, sample);
        if (row) yield row;
      }
    }
  }
}

function rowOf(
  model: Model,
  track: Track,
  moment: number,
  source: Source,
  sample: Sample,
): Cell[] | null {
  const stored = mapOf(source, sample.hash);
  if (isAbsence(stored)) return null;
  const run = model.runs.value[track.run];
  const { epoch, step } = run.moments[moment];
  const prediction = predictionOf(run, run.moments[moment], sample.hash);
  const map = dequantise(stored);
  const [top, centre] = [peak(map), centreOfMass(map)];
  return [
    run.run,
    epoch,
    step,
    sample.hash,
    sample.name,
    sample.label,
    prediction?.predicted ?? null,
    prediction?.topScore ?? null,
    source.method,
    source.layer,
    ...targetCells(source, sample.hash),
    magnitude(map.values),
    source.unit,
    positiveMass(map),
    top?.x ?? null,
    top?.y ?? null,
    centre?.x ?? null,
    centre?.y ?? null,
  ];
}

export function targetCells(source: Source, hash: string): Cell[] {
  const { probe, targetClasses, targetOutputs } = source;
  const n = probe.places.get(hash) ?? -1;
  const target = targetClasses ? targetName(source, Number(targetClasses.data[n])) : null;
  return [target, targetOutputs ? Number(targetOutputs.data[n]) : null];
}
