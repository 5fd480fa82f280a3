/** What runs predict for probe samples, at a moment and over time. */
import { className, type Probe, probeOf } from "./samples";
import type { Series, TrainingRecord } from "./types";

/** The predictions of one run on one probe, by ascending step, gaps left out. */
export interface PredictionTrack {
  readonly run: string;
  readonly probe: Probe;
  readonly records: readonly TrainingRecord[];
}

/** One sample's prediction in one record. */
export interface Prediction {
  readonly record: TrainingRecord;
  /** Index of the likeliest class. */
  readonly top: number;
  /** Its name. */
  readonly predicted: string;
  readonly topScore: number;
  /** Score of the label; NaN without one. */
  readonly labelScore: number;
  readonly loss: number;
  /** Whether the likeliest class is the label; null without a label. */
  readonly correct: boolean | null;
}

/** Returns the tracks in `series`; monitors that share a run and a probe share a track. */
export function tracksOf(series: readonly Series[], probes: readonly Probe[]): PredictionTrack[] {
  const tracks = new Map<Probe, Map<number, TrainingRecord>>();
  for (const { run, kind, records } of series) {
    if (kind !== "predictions") continue;
    for (const record of records) {
      const probe = record.arrays.classes && probeOf(probes, run, record);
      if (!probe) continue;
      const bySteps = tracks.get(probe) ?? new Map<number, TrainingRecord>();
      tracks.set(probe, bySteps.set(record.step, record));
    }
  }
  return [...tracks].map(([probe, bySteps]) => ({
    run: probe.run,
    probe,
    records: [...bySteps.values()].sort((a, b) => a.step - b.step),
  }));
}

/** Returns the track of `run` whose probe has the sample `hash`. */
export function trackOf(
  tracks: readonly PredictionTrack[],
  run: string,
  hash: string,
): PredictionTrack | undefined {
  return tracks.find((track) => track.run === run && track.probe.places.has(hash));
}

/** Returns the prediction for the sample `hash` in the record `index` of `track`. */
export function predictionIn(
  { probe, records }: PredictionTrack,
  index: number,
  hash: string,
): Prediction | null {
  return predictionFrom(records[index], probe, hash);
}

/** Returns the prediction for the sample `hash` of `probe` in `record`, no gap; null without. */
export function predictionFrom(
  record: TrainingRecord,
  probe: Probe,
  hash: string,
): Prediction | null {
  const n = probe.places.get(hash);
  const { classes, scores, label_score: labelScore, loss } = record.arrays;
  const [N, K] = classes.shape;
  if (n === undefined || n >= N || K === 0) return null;
  const top = Number(classes.data[n * K]);
  const label = probe.labels?.[n] ?? -1;
  return {
    record,
    top,
    predicted: className(probe.classNames, top),
    topScore: Number(scores.data[n * K]),
    labelScore: Number(labelScore.data[n]),
    loss: Number(loss.data[n]),
    correct: label >= 0 ? top === label : null,
  };
}

/** Returns the classes and scores that `record` lists for the sample at place `n`. */
export function topScores(record: TrainingRecord, n: number): { index: number; score: number }[] {
  const { classes, scores } = record.arrays;
  const [N, K] = classes.shape;
  if (n >= N) return [];
  return Array.from({ length: K }, (_, k) => ({
    index: Number(classes.data[n * K + k]),
    score: Number(scores.data[n * K + k]),
  }));
}
