/** What was measured of methods; tb_explain/schema.py, `explanation_quality`. Pure. */
import { said } from "../../../format";
import { isGap } from "../../../kinds/shared";
import { recordAt } from "../../../moments";
import type { NamedArray, PanelContext, Series, TrainingRecord } from "../../../types";

export interface Verdict {
  readonly method: string;
  readonly measure: string;
  readonly level: "fail" | "warn";
  readonly message: string;
}

export interface Measure {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly better: "high" | "low" | null;
  readonly source: string;
}

export interface Method {
  readonly name: string;
  readonly title: string;
}

/** One record of one run. */
export interface Measured {
  readonly run: string;
  readonly step: number;
  readonly epoch: number;
  readonly target: string;
  readonly methods: readonly Method[];
  readonly measures: readonly Measure[];
  readonly verdicts: readonly Verdict[];
  /** Of the input removed or added, in the order of the curves. */
  readonly fractions: readonly number[];
  readonly arrays: TrainingRecord["arrays"];
}

/** The mean over samples, how far they spread, and how many were measured. */
export interface Mean {
  readonly mean: number;
  /** Standard deviation over the samples. */
  readonly deviation: number;
  readonly samples: number;
}

/** Returns what the run recorded, by ascending step; gaps are left out. */
export function measuredIn(series: readonly Series[], run: string): Measured[] {
  return series
    .filter((entry) => entry.run === run && entry.kind === "explanation_quality")
    .flatMap(({ records }) => records.filter((record) => !isGap(record)))
    .sort((a, b) => a.step - b.step)
    .map((record) => toMeasured(run, record));
}

const known = new WeakMap<TrainingRecord, Measured>();

function toMeasured(run: string, record: TrainingRecord): Measured {
  const found = known.get(record) ?? {
    run,
    step: record.step,
    epoch: record.epoch,
    target: said(record.fields.target),
    methods: record.fields.methods as readonly Method[],
    measures: record.fields.measures as readonly Measure[],
    verdicts: record.fields.verdicts as readonly Verdict[],
    fractions: record.fields.fractions as readonly number[],
    arrays: record.arrays,
  };
  known.set(record, found);
  return found;
}

/** Returns the newest measures of `run` up to the scrubbed step; null without any. */
export function measuredAt({ series, stepIn }: PanelContext, run: string): Measured | null {
  const records = series.value
    .filter((entry) => entry.run === run && entry.kind === "explanation_quality")
    .flatMap((entry) => entry.records.filter((record) => !isGap(record)))
    .sort((a, b) => a.step - b.step);
  const record = recordAt(records, stepIn(run));
  return record ? toMeasured(run, record) : null;
}

/** Returns why the newest record of a kind in any of `runs` holds nothing, or null. */
export function gapIn(
  series: readonly Series[],
  runs: readonly string[],
  kinds: readonly string[],
): string | null {
  const own = series.filter(({ run, kind }) => runs.includes(run) && kinds.includes(kind));
  const last = own.map(({ records }) => records.at(-1)).find((record) => record && isGap(record));
  return last ? said(last.fields.gap) : null;
}

/** Returns the mean of measure `s` of method `m` over samples; null where it was not measured. */
export function meanOf({ arrays }: Measured, m: number, s: number): Mean | null {
  const { shape, data } = arrays.values;
  const [, S, N] = shape;
  const start = (m * S + s) * N;
  return summarised(data.subarray(start, start + N) as Float32Array);
}

/** Returns the mean of measure `s` of a random order; null where there is none. */
export function controlOf({ arrays }: Measured, s: number): Mean | null {
  const control = arrays.control as NamedArray | undefined;
  if (!control) return null;
  const N = control.shape[1];
  return summarised(control.data.subarray(s * N, (s + 1) * N) as Float32Array);
}

function summarised(values: Float32Array): Mean | null {
  const measured = values.filter((value) => !Number.isNaN(value));
  const samples = measured.length;
  if (samples === 0) return null;
  const mean = measured.reduce((sum, value) => sum + value, 0) / samples;
  const squares = measured.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / samples), samples };
}

/** Whether a method does no better than a random order; null where there is nothing to say. */
export function beatsChance(
  better: Measure["better"],
  own: Mean | null,
  control: Mean | null,
): boolean | null {
  if (!own || !control || better === null) return null;
  return better === "high" ? own.mean > control.mean : own.mean < control.mean;
}

/** Returns the worst level of the verdicts, or null. */
export function worst(verdicts: readonly Verdict[]): Verdict["level"] | null {
  if (verdicts.length === 0) return null;
  return verdicts.some(({ level }) => level === "fail") ? "fail" : "warn";
}
