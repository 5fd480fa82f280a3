/** What a model puts out on the validation set: calibration and confusion, or residuals. */
import type { TrainingRecord } from "../types";
import { type Arrays, isGap, isTexts, shaped } from "./shared";

export function checkOutputs(record: TrainingRecord): string | null {
  if (isGap(record)) return null;
  const { task, samples, measures, class_names: classNames } = record.fields;
  if (!Number.isSafeInteger(samples)) return "it does not say how many samples it is about";
  if (typeof measures !== "object" || measures === null) return "it has no measures";
  if (classNames !== null && !isTexts(classNames)) return "its class names are not texts";
  if (task === "classification") return checkClassification(record.arrays);
  if (task === "regression") return checkRegression(record.arrays);
  return `its task ${JSON.stringify(task)} is not known`;
}

function checkClassification(arrays: Arrays): string | null {
  const B = arrays.bin_count?.shape[0] ?? null;
  return (
    shaped(arrays, "bin_count", Int32Array, [B]) ??
    shaped(arrays, "bin_confidence", Float32Array, [B]) ??
    shaped(arrays, "bin_accuracy", Float32Array, [B]) ??
    shaped(arrays, "confidence", Int32Array, [2, B]) ??
    checkConfusion(arrays)
  );
}

function checkConfusion(arrays: Arrays): string | null {
  if (arrays.confused) return shaped(arrays, "confused", Int32Array, [null, 3]);
  const C = arrays.confusion?.shape[0] ?? null;
  return shaped(arrays, "confusion", Int32Array, [C, C]);
}

function checkRegression(arrays: Arrays): string | null {
  const B = arrays.residuals?.shape[0] ?? 0;
  return (
    shaped(arrays, "residuals", Int32Array, [B]) ??
    shaped(arrays, "edges", Float32Array, [B + 1]) ??
    shaped(arrays, "residual_quantiles", Float32Array, [5]) ??
    shaped(arrays, "truth_edges", Float32Array, [B + 1]) ??
    shaped(arrays, "joint", Int32Array, [B, B])
  );
}
