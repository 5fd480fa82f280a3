/** Every figure of the panel as a table. */
import { type Cell, csvDownload } from "../../csv";
import { type PredictionTrack, predictionIn } from "../../predictions";
import type { Sample } from "../../samples";
import type { Download } from "../../types";
import { tracks } from "./model";

const COLUMNS = [
  "run",
  "epoch",
  "step",
  "sample",
  "name",
  "label",
  "prediction",
  "prediction_score",
  "label_score",
  "loss_nats",
  "correct",
];

/** Returns every prediction of the shown runs, one line per run, record and sample. */
export function csv(): Download | null {
  if (tracks.value.length === 0) return null;
  return csvDownload("explain-overview.csv", COLUMNS, predictionRows(tracks.value));
}

function* predictionRows(all: readonly PredictionTrack[]): Generator<Cell[]> {
  for (const track of all) {
    for (let index = 0; index < track.records.length; index++) {
      for (const sample of track.probe.samples) yield* rowOf(track, index, sample);
    }
  }
}

function rowOf(track: PredictionTrack, index: number, sample: Sample): Cell[][] {
  const prediction = predictionIn(track, index, sample.hash);
  if (!prediction) return [];
  const { record, predicted, topScore, labelScore, loss, correct } = prediction;
  return [
    [
      track.run,
      record.epoch,
      record.step,
      sample.hash,
      sample.name,
      sample.label,
      predicted,
      topScore,
      labelScore,
      loss,
      correct === null ? null : Number(correct),
    ],
  ];
}
