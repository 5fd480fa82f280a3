/** What a run predicted for a sample at a moment. */
import { shownSince } from "../../context";
import { type Prediction, predictionFrom } from "../../predictions";
import { probeOfRecord, type RunMoment, type RunRecords } from "./records";

/** Returns null where nothing was recorded. */
export function predictionOf(run: RunRecords, at: RunMoment, hash: string): Prediction | null {
  for (const record of at.predictions) {
    const probe = probeOfRecord(run, record);
    const prediction = probe && predictionFrom(record, probe, hash);
    if (prediction) return prediction;
  }
  return null;
}

/** Returns "→ Shirt 0.98", or "at epoch 3: Shirt 0.98" where the scrubber stands elsewhere. */
export function shownWords(prediction: Prediction): string {
  const since = shownSince(prediction.record);
  return `${since ? `at ${since}:` : "→"} ${predictionWords(prediction)}`;
}

/** Returns "Shirt 0.98", with the kind of score where it is no probability. */
export function predictionWords({ predicted, topScore, record }: Prediction): string {
  const kind = record.fields.activation === "none" ? " (output)" : "";
  return `${predicted} ${topScore.toFixed(2)}${kind}`;
}
