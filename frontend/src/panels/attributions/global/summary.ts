/** What attributions of many samples have in common; schema.py, `attribution_summary`. Pure. */
import { isGap } from "../../../kinds/shared";
import { indexAtOrBefore } from "../../../moments";
import type { NamedArray, Series, TrainingRecord } from "../../../types";
import type { Space } from "../settings";
import { type Feature, featuresIn, unnamedFeatures } from "../tabular/features";

export interface Privacy {
  readonly epsilon: number;
  readonly delta: number;
  readonly clip: number;
  readonly noise: number;
  readonly spent_epsilon: number;
  readonly releases?: number;
  readonly planned_releases?: number;
}

export interface TokenMean {
  readonly class: number;
  readonly token: string;
  readonly mean: number;
  readonly count: number;
}

/** Of features, in the unit of the attributions; intervals are of 95 %. */
export interface FeatureMeans {
  readonly features: readonly Feature[];
  readonly meanAbs: Float32Array;
  readonly low: Float32Array | null;
  readonly high: Float32Array | null;
  /** Of the values with their signs. */
  readonly mean: Float32Array | null;
  readonly meanLow: Float32Array | null;
  readonly meanHigh: Float32Array | null;
  /** [n, F] of single samples; null where none are on record. */
  readonly swarm: NamedArray | null;
  /** [n, F], the features' values of the same samples. */
  readonly values: NamedArray | null;
  /** [F, F], 0 to 1. */
  readonly interaction: NamedArray | null;
}

export interface Summary {
  readonly run: string;
  readonly step: number;
  readonly epoch: number;
  readonly method: string;
  readonly title: string;
  readonly target: string;
  readonly unit: string;
  readonly signed: boolean;
  /** How many samples it is of. */
  readonly samples: number;
  /** Made by this page from the probe's own attributions. */
  readonly ofProbe: boolean;
  readonly privacy: Privacy | null;
  readonly classNames: readonly string[] | null;
  readonly table: FeatureMeans | null;
  readonly tokens: readonly TokenMean[] | null;
  /** Of each class in `classes`. */
  readonly classMeans: { readonly maps: NamedArray; readonly scales: NamedArray } | null;
  readonly classes: readonly number[] | null;
}

interface Entry {
  readonly array: string;
  readonly method: string;
  readonly title: string;
  readonly target: string;
  readonly unit: string;
  readonly signed: boolean;
  readonly classes?: readonly number[] | null;
  readonly tokens?: readonly TokenMean[] | null;
}

/** Names a summary among those of a record: method and target. */
export function keyOf({ title, target }: { readonly title: string; readonly target: string }) {
  return `${title} · ${target}`;
}

/** Returns every summary of `run` in `space` of the method and target `key`, by ascending step. */
export function summariesOf(
  series: readonly Series[],
  run: string,
  space: Space,
  key: string | null,
): Summary[] {
  return recordsOf(series, run, space).flatMap((record) => {
    const all = read(series, run, record);
    return all.find((summary) => keyOf(summary) === key) ?? [];
  });
}

/** Returns the keys of all summaries of `run`, in the order of recording. */
export function summaryKeys(series: readonly Series[], run: string, space: Space): string[] {
  const records = recordsOf(series, run, space);
  const entries = records.flatMap(({ fields }) => fields.summaries as readonly Entry[]);
  return [...new Set(entries.map(keyOf))];
}

/** Returns the newest of `summaries` up to `step`. */
export function summaryAt(summaries: readonly Summary[], step: number): Summary | undefined {
  return summaries[indexAtOrBefore(summaries, step)];
}

function recordsOf(series: readonly Series[], run: string, space: Space): TrainingRecord[] {
  return series
    .filter((entry) => entry.run === run && entry.kind === "attribution_summary")
    .flatMap(({ records }) => records)
    .filter((record) => !isGap(record) && record.fields.space === space)
    .sort((a, b) => a.step - b.step);
}

const known = new WeakMap<TrainingRecord, Summary[]>();

function read(series: readonly Series[], run: string, record: TrainingRecord): Summary[] {
  const found =
    known.get(record) ??
    (record.fields.summaries as readonly Entry[]).map((entry) =>
      toSummary(series, run, record, entry),
    );
  known.set(record, found);
  return found;
}

function toSummary(
  series: readonly Series[],
  run: string,
  record: TrainingRecord,
  entry: Entry,
): Summary {
  const { fields, arrays, step, epoch } = record;
  const maps = arrays[`class_mean.${entry.array}`];
  const probe = probeRecord(series, run, fields.probe);
  const named = fields.class_names ?? probe?.fields.class_names;
  return {
    ...{ run, step, epoch, ofProbe: false, samples: fields.samples as number },
    ...{ method: entry.method, title: entry.title, target: entry.target },
    ...{ unit: entry.unit, signed: entry.signed },
    privacy: (fields.privacy as Privacy | null | undefined) ?? null,
    classNames: Array.isArray(named) ? (named as string[]) : null,
    table: tableMeans(record, entry.array, probe),
    tokens: entry.tokens ?? null,
    classMeans: maps ? { maps, scales: arrays[`class_mean.${entry.array}.scale`] } : null,
    classes: entry.classes ?? null,
  };
}

function probeRecord(series: readonly Series[], run: string, digest: unknown) {
  return series
    .filter((entry) => entry.run === run && entry.kind === "probe")
    .flatMap(({ records }) => records)
    .find(({ fields }) => fields.digest === digest);
}

function tableMeans(
  record: TrainingRecord,
  array: string,
  probe: TrainingRecord | undefined,
): FeatureMeans | null {
  const of = (part: string) => record.arrays[`${part}.${array}`] ?? null;
  const floats = (part: string) => (of(part)?.data as Float32Array | undefined) ?? null;
  const meanAbs = floats("mean_abs");
  if (!meanAbs) return null;
  const named = featuresIn(record) ?? (probe ? featuresIn(probe) : null);
  return {
    features: named?.length === meanAbs.length ? named : unnamedFeatures(meanAbs.length),
    meanAbs,
    low: floats("low"),
    high: floats("high"),
    mean: floats("mean"),
    meanLow: floats("mean_low"),
    meanHigh: floats("mean_high"),
    swarm: of("swarm"),
    values: record.arrays.swarm_values ?? null,
    interaction: of("interaction"),
  };
}
