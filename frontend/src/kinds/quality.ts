/** How far explanations can be believed: what was measured of each method, and what failed. */
import type { TrainingRecord } from "../types";
import { type Arrays, firstFault, isGap, isText, objectOf, shaped } from "./shared";

type Fields = Record<string, unknown>;

export function checkQuality(record: TrainingRecord): string | null {
  if (isGap(record)) return null;
  const { target, methods, measures, verdicts, fractions } = record.fields;
  if (!isText(target)) return "it does not name its target";
  if (![methods, measures, verdicts].every(Array.isArray)) return "it lists no measures";
  if (!Array.isArray(fractions) || !fractions.every(Number.isFinite)) {
    return "its fractions are not numbers";
  }
  const [M, S] = [(methods as unknown[]).length, (measures as unknown[]).length];
  return (
    firstFault((methods as unknown[]).map(objectOf), checkMethod) ??
    firstFault((measures as unknown[]).map(objectOf), checkMeasure) ??
    firstFault((verdicts as unknown[]).map(objectOf), checkVerdict) ??
    checkArrays(record.arrays, [M, S, fractions.length])
  );
}

function checkMethod({ name, title }: Fields): string | null {
  return isText(name) && isText(title) ? null : "one of its methods is not named";
}

function checkMeasure({ name, label, unit, better, source }: Fields): string | null {
  const judged = better === null || better === "high" || better === "low";
  const known = [name, label, unit, source].every(isText) && judged;
  return known ? null : "one of its measures is not described";
}

function checkVerdict({ method, measure, level, message }: Fields): string | null {
  const judged = level === "fail" || level === "warn";
  const known = [method, measure, message].every(isText) && judged;
  return known ? null : "one of its verdicts is not described";
}

function checkArrays(arrays: Arrays, [M, S, P]: readonly [number, number, number]) {
  const N = arrays.values?.shape[2] ?? null;
  const further: readonly (readonly [name: string, shape: readonly (number | null)[]])[] = [
    ["control", [S, N]],
    ["agreement", [M, M]],
    ["deletion", [M + 1, P]],
    ["insertion", [M + 1, P]],
  ];
  return (
    shaped(arrays, "values", Float32Array, [M, S, N]) ??
    firstFault(further, ([name, shape]) => {
      return arrays[name] ? shaped(arrays, name, Float32Array, shape) : null;
    })
  );
}
