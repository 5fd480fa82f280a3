/** Plans as the server, the command line and callbacks write them; see planning/plan.py. Pure. */
import { planFault } from "../../kinds/plan";
import { isGap } from "../../kinds/shared";
import { recordAt } from "../../moments";
import type { Series, TrainingRecord } from "../../types";
import type { Edit } from "./readings";

export type Figures = Readonly<Record<string, number | boolean | null | undefined>>;

export interface Cut {
  readonly name: string;
  readonly size: number;
  readonly cut: number;
  readonly level: number;
}

export interface Plan {
  readonly edit: Edit;
  readonly allocator: string;
  readonly budget: { readonly of: string; readonly keep: number };
  readonly units: readonly Cut[];
  readonly constraints: Readonly<Record<string, unknown>>;
  readonly predicted: Figures;
  readonly verified: Figures | null;
  readonly source: Readonly<Record<string, unknown>>;
}

/** Returns the plan in `text`; raises an error that says why there is none. */
export function parsePlan(text: string): Plan {
  const plan: unknown = JSON.parse(text);
  const fault = planFault(plan);
  if (fault) throw new Error(`The server's answer can't be used: ${fault}.`);
  return plan as Plan;
}

export interface Candidate {
  readonly allocator: string;
  readonly predicted: Figures;
  readonly verified: Figures | null;
}

/** What a callback wrote of a plan: what it was chosen from, and what came of it. */
export interface PlanRecord {
  readonly run: string;
  readonly monitor: string;
  readonly step: number;
  readonly epoch: number;
  readonly stage: "planned" | "applied" | "finished";
  readonly plan: Plan;
  readonly candidates: readonly Candidate[];
  readonly before: Figures | null;
  readonly after: Figures | null;
}

/** Returns the newest record of each plan in `series` that each run shows at the scrubber. */
export function planRecords(
  series: readonly Series[],
  stepIn: (run: string) => number,
): PlanRecord[] {
  return series.flatMap(({ kind, run, monitor, records }) => {
    if (kind !== "plan") return [];
    const told = records.filter((record) => !isGap(record));
    const record = recordAt(told, stepIn(run));
    return record ? [toPlanRecord(record, run, monitor)] : [];
  });
}

function toPlanRecord({ step, epoch, fields }: TrainingRecord, run: string, monitor: string) {
  const { stage, plan, candidates, before, after } = fields;
  return { run, monitor, step, epoch, stage, plan, candidates, before, after } as PlanRecord;
}

/** Returns what was predicted and measured of the plan and of what it was chosen from. */
export function candidatesOf({ plan, candidates }: PlanRecord): readonly Candidate[] {
  const listed = candidates.some(({ allocator }) => allocator === plan.allocator);
  return listed ? candidates : [plan, ...candidates];
}

const CLOSE = 0.005; // of two shares that are meant to be one

/**
 * Returns what was measured of a plan like `plan`; null: nothing.
 *
 * That is the same budget, shared out alike under the same constraints, in the same run; in
 * another run only the very plan counts, cut by cut.
 */
export function verifiedLike(plan: Plan, run: string, records: readonly PlanRecord[]) {
  for (const record of records) {
    const like = record.run === run && isAlike(record.plan, plan) ? candidatesOf(record) : [];
    const found = like.find(({ allocator }) => allocator === plan.allocator)?.verified;
    if (found) return found;
    if (record.plan.verified && sameCuts(record.plan, plan)) return record.plan.verified;
  }
  return null;
}

function isAlike(a: Plan, b: Plan): boolean {
  const close = Math.abs(a.budget.keep - b.budget.keep) <= CLOSE * b.budget.keep;
  const sameBudget = a.edit === b.edit && a.budget.of === b.budget.of && close;
  return sameBudget && sameConstraints(a.constraints, b.constraints);
}

function sameCuts(a: Plan, b: Plan): boolean {
  if (a.edit !== b.edit || a.units.length !== b.units.length) return false;
  return a.units.every(({ name, cut, level }, i) => {
    const other = b.units[i];
    return name === other.name && cut === other.cut && level === other.level;
  });
}

function sameConstraints(a: Plan["constraints"], b: Plan["constraints"]): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => JSON.stringify(a[name]) === JSON.stringify(b[name]));
}

/** Returns a figure; NaN where it is not known. */
export function figure(figures: Figures | null | undefined, name: string): number {
  const value = figures?.[name];
  return typeof value === "number" ? value : Number.NaN;
}

const WHOLE_BITS = 32;

/** Returns the share of a unit that a plan keeps, from 0 to 1. */
export function keptShare(edit: Edit, { size, cut, level }: Cut): number {
  if (edit === "bits") return Math.min(1, level / WHOLE_BITS);
  if (edit === "clusters") return level > 1 ? Math.min(1, Math.log2(level) / WHOLE_BITS) : 1;
  return size > 0 ? 1 - cut / size : 1;
}

/** Whether a plan leaves the unit as it is. */
export function isWhole(edit: Edit, { cut, level }: Cut): boolean {
  if (edit === "bits") return level >= WHOLE_BITS;
  return edit === "clusters" ? level === 0 : cut === 0;
}

/** "48", "4 bits", "whole". */
export function keptWords(edit: Edit, unit: Cut): string {
  if (isWhole(edit, unit)) return edit === "channel" || edit === "heads" ? `${unit.size}` : "whole";
  if (edit === "bits") return `${unit.level} bits`;
  if (edit === "clusters") return `${unit.level} values`;
  if (edit === "channel" || edit === "heads") return `${unit.size - unit.cut}`;
  return `${(100 * keptShare(edit, unit)).toFixed(0)} %`;
}

const DISTINCT = 2; // standard errors

/**
 * Whether two shares of right answers on the same number of samples can't be told apart.
 *
 * By their binomial standard errors, which for answers to the same samples is on the safe side.
 */
export function isTie(a: number, b: number, samples: number): boolean {
  if (![a, b].every((share) => share >= 0 && share <= 1) || !(samples > 0)) return false;
  const variance = (a * (1 - a) + b * (1 - b)) / samples;
  return Math.abs(a - b) < DISTINCT * Math.sqrt(variance);
}

/** Returns groups of finished plans of one edit whose metric ties after fine-tuning. */
export function finishedTies(records: readonly PlanRecord[]): (readonly PlanRecord[])[] {
  const finished = records.filter(({ stage, after }) => stage === "finished" && after);
  const groups: PlanRecord[][] = [];
  for (const record of finished) {
    const near = groups.find(
      ([first]) => first.plan.edit === record.plan.edit && ties(first, record),
    );
    if (near) near.push(record);
    else groups.push([record]);
  }
  return groups.filter(({ length }) => length > 1);
}

function ties(a: PlanRecord, b: PlanRecord): boolean {
  const samples = Math.min(figure(a.plan.verified, "samples"), figure(b.plan.verified, "samples"));
  return isTie(figure(a.after, "metric"), figure(b.after, "metric"), samples);
}
