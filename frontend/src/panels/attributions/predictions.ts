/** What a run predicted for a sample at a moment. */
import type { RunMoment, RunRecords } from "./records";
import { className, probeOfRecord } from "./records";

export interface Prediction {
  readonly index: number;
  readonly name: string;
  /** Probability, or raw output where `activation` is "none". */
  readonly score: number;
  readonly activation: string;
  /** Of the sample's label; NaN without one. */
  readonly labelScore: number;
  /** In nats; NaN without a label. */
  readonly loss: number;
}

/** Returns null where nothing was recorded. */
export function predictionOf(run: RunRecords, at: RunMoment, hash: string): Prediction | null {
  for (const record of at.predictions) {
    const probe = probeOfRecord(run, record);
    const n = probe?.index.get(hash);
    const { classes, scores, label_score, loss } = record.arrays;
    if (n === undefined || !classes || !scores) continue;
    const K = classes.shape[1];
    const index = Number(classes.data[n * K]);
    return {
      index,
      name: className(probe, index),
      score: Number(scores.data[n * K]),
      activation: String(record.fields.activation),
      labelScore: label_score ? Number(label_score.data[n]) : Number.NaN,
      loss: loss ? Number(loss.data[n]) : Number.NaN,
    };
  }
  return null;
}

/** Returns "Shirt 0.98", with the kind of score where it is no probability. */
export function predictionWords({ name, score, activation }: Prediction): string {
  return `${name} ${score.toFixed(2)}${activation === "none" ? " (output)" : ""}`;
}
