/** Predictions: the likeliest classes of each sample of a probe. */
import type { TrainingRecord } from "../types";
import { isGap, shaped } from "./shared";

export function checkPredictions(record: TrainingRecord): string | null {
  if (isGap(record)) return null;
  const { arrays } = record;
  const classes = arrays.classes;
  if (classes?.shape.length !== 2) return "its array classes is not [samples, top]";
  const [N, K] = classes.shape;
  return (
    shaped(arrays, "classes", classes.data instanceof Uint8Array ? Uint8Array : Int32Array, [
      N,
      K,
    ]) ??
    shaped(arrays, "scores", Float32Array, [N, K]) ??
    shaped(arrays, "label_score", Float32Array, [N]) ??
    shaped(arrays, "loss", Float32Array, [N])
  );
}
