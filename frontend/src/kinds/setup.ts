/** Which monitors `explain()` chose for a model, which it left out, and why. */
import type { TrainingRecord } from "../types";
import { absentOr, firstFault, isText, objectOf } from "./shared";

type Fields = Record<string, unknown>;

export function checkSetup({ fields }: TrainingRecord): string | null {
  const { preset, max_overhead: limit, modality, task, facts, monitors, left_out: out } = fields;
  if (!isText(preset)) return "its preset is not named";
  if (!absentOr(limit, Number.isFinite)) return "its limit of time is no number";
  if (!absentOr(modality, isText) || !absentOr(task, isText)) return "its inputs are not described";
  if (!areAll(facts, isFact)) return "what was found is not described";
  if (!areAll(out, isLeftOut)) return "what was left out is not described";
  if (!Array.isArray(monitors)) return "it lists no monitors";
  return firstFault(monitors.map(objectOf), checkMonitor);
}

function checkMonitor({ name, callback, settings, every, reason }: Fields): string | null {
  const told = [name, callback, every, reason].every(isText);
  return told && Object.values(objectOf(settings)).every(isText)
    ? null
    : "one of its monitors is not described";
}

function areAll(values: unknown, holds: (fields: Fields) => boolean): boolean {
  return Array.isArray(values) && values.map(objectOf).every(holds);
}

function isFact({ name, value }: Fields): boolean {
  return isText(name) && isText(value);
}

function isLeftOut({ callback, reason }: Fields): boolean {
  return isText(callback) && isText(reason);
}
