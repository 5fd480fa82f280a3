/** A plan of what is cut where, what it was chosen from, and what came of it. */
import type { TrainingRecord } from "../types";
import { absentOr, firstFault, isCounts, isGap, isText, isTexts, objectOf } from "./shared";

type Fields = Record<string, unknown>;

const FORMAT = "tb-explain plan"; // as tb_explain/planning/plan.py has it
const VERSION = 1;
const STAGES: ReadonlySet<unknown> = new Set(["planned", "applied", "finished"]);
const BUDGETS: ReadonlySet<unknown> = new Set(["parameters", "macs", "latency", "bytes", "kl"]);
const COSTS = ["parameters", "macs", "seconds", "bytes"];
const FIGURES = ["kl", "loss", "metric", "samples", ...COSTS, ...COSTS.map((c) => `${c}_kept`)];

export function checkPlan(record: TrainingRecord): string | null {
  if (isGap(record)) return null;
  const { stage, plan, candidates, before, after } = record.fields;
  if (!STAGES.has(stage)) return `its stage ${JSON.stringify(stage)} is not known`;
  if (!Array.isArray(candidates)) return "it does not list what it was chosen from";
  const measured = [before, after].every((costs) => absentOr(costs, isFigures));
  if (!measured) return "its figures before and after are not numbers";
  return firstFault(candidates.map(objectOf), checkCandidate) ?? planFault(plan);
}

function checkCandidate({ allocator, predicted, verified }: Fields): string | null {
  const told = isText(allocator) && isFigures(predicted) && absentOr(verified, isFigures);
  return told ? null : "one of its candidates is not described";
}

/** Returns what is wrong with `value` as the object that a plan.json holds, or null. */
export function planFault(value: unknown): string | null {
  const { format, version, edit, allocator, budget, units, ...plan } = objectOf(value);
  if (format !== FORMAT) return "it holds no plan";
  const known = Number.isSafeInteger(version) && (version as number) >= 1;
  if (!known || (version as number) > VERSION) {
    return `its plan has version ${JSON.stringify(version)}; this page reads ${VERSION}`;
  }
  if (!isText(edit) || !isText(allocator)) return "its plan does not say how it was made";
  const { of, keep } = objectOf(budget);
  const kept = Number.isFinite(keep) && (keep as number) > 0;
  if (!BUDGETS.has(of) || !kept) return "its plan has no budget that is known";
  const { predicted, verified, source, constraints } = plan;
  const figures = isFigures(predicted) && absentOr(verified, isFigures);
  if (!figures || !isObject(source)) return "its plan's figures are not numbers";
  if (!Array.isArray(units)) return "its plan lists no units";
  return firstFault(units.map(objectOf), checkCut) ?? checkConstraints(objectOf(constraints));
}

function checkCut({ name, size, cut, level }: Fields): string | null {
  const counted = isCounts([size, cut]) && (cut as number) <= (size as number);
  const told = isText(name) && counted && Number.isFinite(level);
  return told ? null : "one of the units of its plan is not described";
}

function checkConstraints(constraints: Fields): string | null {
  const {
    keep_first: first,
    keep_last: last,
    multiple_of: multiple,
    minimum,
    frozen,
  } = constraints;
  const flags = typeof first === "boolean" && typeof last === "boolean";
  const told = flags && isCounts([multiple, minimum]) && isTexts(frozen);
  return told ? null : "the constraints of its plan are not described";
}

/** Whether `value` names numbers, as far as they are drawn; null is what was not measured. */
function isFigures(value: unknown): boolean {
  return isObject(value) && FIGURES.every((name) => absentOr(value[name], Number.isFinite));
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
