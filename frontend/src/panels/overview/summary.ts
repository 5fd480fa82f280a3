/** What one run recorded, when and at what cost; pure. */
import type { Series, TrainingRecord } from "../../types";

export interface Gap {
  readonly step: number;
  readonly epoch: number;
  readonly monitor: string;
  readonly reason: string;
}

export interface RunSummary {
  readonly run: string;
  readonly monitors: readonly string[];
  /** What each monitor records, such as "predictions" and "cam". */
  readonly kinds: readonly string[];
  readonly records: number;
  /** Steps with a record that is not a gap, ascending. */
  readonly steps: readonly number[];
  readonly written: number;
  readonly first: TrainingRecord;
  readonly last: TrainingRecord;
  readonly seconds: number;
  readonly costMedian: number;
  readonly costTotal: number;
  /** Fraction of training time, or null where it was not measured. */
  readonly overhead: number | null;
  readonly schedules: readonly string[];
  readonly weights: readonly string[];
  readonly notes: readonly string[];
  readonly gaps: readonly Gap[];
}

/** Kinds whose records say what their monitor cost, and where it failed. */
const STATED = new Set(["predictions", "outputs", "explanation_quality", "surrogate"]);

/** Returns the summary of `run`, or null if nothing in it states its cost. */
export function summaryOf(run: string, series: readonly Series[]): RunSummary | null {
  const stated = series.filter((entry) => entry.run === run && STATED.has(entry.kind));
  const records = stated
    .flatMap((entry) => entry.records)
    .sort((a, b) => a.step - b.step || a.wallTime - b.wallTime);
  if (records.length === 0) return null;
  const first = records[0];
  const last = records[records.length - 1];
  const costs = numbers(records, "cost_ms");
  return {
    run,
    monitors: distinct(stated.map(({ monitor }) => monitor)),
    kinds: distinct(series.filter((entry) => entry.run === run).map(({ kind }) => kind)),
    records: records.length,
    steps: [...new Set(records.filter(({ fields }) => !isGap(fields)).map(({ step }) => step))],
    written: stated.reduce((sum, entry) => sum + entry.written, 0),
    first,
    last,
    seconds: last.wallTime - first.wallTime,
    costMedian: median(costs),
    costTotal: costs.reduce((sum, cost) => sum + cost, 0),
    overhead: latestOverhead(stated),
    schedules: texts(records, "every"),
    weights: texts(records, "weights"),
    notes: distinct(records.flatMap(notesOf)),
    gaps: records.flatMap(gapOf),
  };
}

/** Each monitor states its own overhead so far; together they cost the sum. */
function latestOverhead(all: readonly Series[]): number | null {
  const stated = all.flatMap(({ records }) => numbers(records, "overhead").slice(-1));
  return stated.length === 0 ? null : stated.reduce((sum, value) => sum + value, 0);
}

function notesOf({ fields }: TrainingRecord): string[] {
  return Array.isArray(fields.notes)
    ? fields.notes.filter((note): note is string => typeof note === "string")
    : [];
}

function isGap(fields: TrainingRecord["fields"]): fields is { readonly gap: string } {
  return typeof fields.gap === "string";
}

function gapOf({ step, epoch, monitor, fields }: TrainingRecord): Gap[] {
  return isGap(fields) ? [{ step, epoch, monitor, reason: fields.gap }] : [];
}

function numbers(records: readonly TrainingRecord[], name: string): number[] {
  return records
    .map(({ fields }) => fields[name])
    .filter((value): value is number => typeof value === "number");
}

function texts(records: readonly TrainingRecord[], name: string): string[] {
  const values = records.map(({ fields }) => fields[name]);
  return distinct(values.filter((value): value is string => typeof value === "string"));
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}

/** Returns gaps of one monitor for one reason together. */
export function gapsByReason(gaps: readonly Gap[]) {
  const groups = new Map<string, { monitor: string; reason: string; epochs: number[] }>();
  for (const { monitor, reason, epoch } of gaps) {
    const key = JSON.stringify([monitor, reason]);
    const group = groups.get(key) ?? { monitor, reason, epochs: [] };
    group.epochs.push(epoch);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Returns the middle of `values`; NaN without any. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return sorted.length === 0
    ? Number.NaN
    : (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
}
