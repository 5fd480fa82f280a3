/** What one run recorded, when and at what cost; pure. */
import type { CatalogSeries } from "../../api";
import { keepOf } from "../../series";
import type { Series, TrainingRecord } from "../../types";

export interface Gap {
  readonly step: number;
  readonly epoch: number;
  readonly monitor: string;
  readonly reason: string;
}

export interface RunSummary {
  readonly run: string;
  /** All that recorded anything. */
  readonly monitors: readonly string[];
  /** What is counted here, such as "predictions", and what is not, whose records are not read. */
  readonly counted: readonly string[];
  readonly uncounted: readonly string[];
  readonly records: number;
  /** Steps with a record that is not known to be a gap, ascending. */
  readonly steps: readonly number[];
  readonly written: number;
  /** Records that monitors wrote and were told not to keep. */
  readonly gone: number;
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

/** Kinds that are not what a monitor was added for. */
const MINOR = new Set(["probe", "layer_table", "setup", "alerts"]);

/** Returns the summary of `run`, which holds what is `listed`, or null if nothing in it states its cost. */
export function summaryOf(
  run: string,
  series: readonly Series[],
  listed: readonly Pick<CatalogSeries, "kind" | "monitor">[],
): RunSummary | null {
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
    ...namesOf(stated, listed),
    records: stated.reduce((sum, entry) => sum + entry.unloaded.length, records.length),
    steps: stepsOf(stated),
    written: stated.reduce((sum, entry) => sum + entry.written, 0),
    gone: stated.reduce((sum, entry) => sum + goneOf(entry), 0),
    first,
    last,
    seconds: last.wallTime - first.wallTime,
    costMedian: median(costs),
    costTotal: costOf(stated),
    overhead: latestOverhead(stated),
    schedules: texts(records, "every"),
    weights: texts(records, "weights"),
    notes: distinct(records.flatMap(notesOf)),
    gaps: records.flatMap(gapOf),
  };
}

function namesOf(
  stated: readonly Series[],
  listed: readonly Pick<CatalogSeries, "kind" | "monitor">[],
) {
  const major = [...stated, ...listed].filter(({ kind }) => !MINOR.has(kind));
  const kinds = distinct(major.map(({ kind }) => kind));
  const named = (all: readonly string[]) => all.map((kind) => kind.replaceAll("_", " "));
  return {
    monitors: distinct(major.map(({ monitor }) => monitor)),
    counted: named(kinds.filter((kind) => STATED.has(kind))),
    uncounted: named(kinds.filter((kind) => !STATED.has(kind))),
  };
}

/** A monitor that was told to keep fewer records says in each how many there were. */
function goneOf({ records, unloaded }: Series): number {
  const newest = records.at(-1);
  if (!newest || keepOf(newest.fields) === null) return 0;
  return Math.max(0, newest.written - records.length - unloaded.length);
}

function stepsOf(stated: readonly Series[]): number[] {
  const steps = stated.flatMap(({ records, unloaded }) => [
    ...records.filter(({ fields }) => !isGap(fields)),
    ...unloaded,
  ]);
  return [...new Set(steps.map(({ step }) => step))].sort((a, b) => a - b);
}

/** Records that are not loaded, or gone, are taken to have cost what the others of their series did. */
function costOf(stated: readonly Series[]): number {
  return stated.reduce((sum, series) => {
    const { records, unloaded } = series;
    const cost = numbers(records, "cost_ms").reduce((total, each) => total + each, 0);
    return sum + cost * (1 + (unloaded.length + goneOf(series)) / Math.max(1, records.length));
  }, 0);
}

/** Each monitor states its own overhead so far; together they cost the sum. */
function latestOverhead(all: readonly Series[]): number | null {
  const stated = all.flatMap(({ records }) => numbers(records, "overhead").slice(-1));
  return stated.length === 0 ? null : stated.reduce((sum, value) => sum + value, 0);
}

/** Notes speak of "this one": each begins with its monitor's name. */
function notesOf({ monitor, fields }: TrainingRecord): string[] {
  return Array.isArray(fields.notes)
    ? fields.notes.flatMap((note) => (typeof note === "string" ? `${monitor}: ${note}` : []))
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

/** Returns when monitors record, such as "every 1, 5 and 10 epochs". */
export function rhythmsInWords(schedules: readonly string[]): string {
  const steady = schedules.map((text) => /^every (?:(\d+) )?(epoch|step)s?$/.exec(text));
  const words = ["epoch", "step"].flatMap((unit) => {
    const every = steady.flatMap((found) => (found?.[2] === unit ? Number(found[1] ?? 1) : []));
    return every.length > 0 ? rhythm(every, unit) : [];
  });
  return [...words, ...schedules.filter((_, i) => steady[i] === null)].join(", ");
}

function rhythm(every: readonly number[], unit: string): string {
  const sorted = [...every].sort((a, b) => a - b);
  const last = sorted.pop();
  if (sorted.length > 0) return `every ${sorted.join(", ")} and ${last} ${unit}s`;
  return last === 1 ? `every ${unit}` : `every ${last} ${unit}s`;
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
