/** What scans and estimates found, record by record; pure. */
import { said } from "../../format";
import { isGap, objectOf } from "../../kinds/shared";
import type { Series, TrainingRecord } from "../../types";

export type Edit = "unstructured" | "channel" | "heads" | "n:m" | "bits" | "clusters";
export type Measure = "kl_batch" | "kl" | "loss" | "metric" | "repaired";

export interface Unit {
  readonly name: string;
  readonly type: string;
  readonly members: readonly string[];
  readonly size: number;
  readonly parameters: number;
  readonly macs: number;
  readonly seconds: number | null;
}

/** One record: U units by K levels, row by row in every array; NaN where not measured. */
export interface Reading {
  readonly step: number;
  readonly epoch: number;
  readonly samples: number;
  readonly metric: string;
  /** Name of the estimate; null: measured exactly. */
  readonly estimate: string | null;
  readonly mode: string;
  readonly units: readonly Unit[];
  /** Row of each unit. */
  readonly places: ReadonlyMap<string, number>;
  readonly levels: Float64Array;
  readonly levelNames: readonly string[];
  /** Allocators whose ranking of the weights it tabulates. */
  readonly tables: readonly string[];
  readonly values: Readonly<Partial<Record<Measure, Float64Array>>>;
  readonly errors: Readonly<Partial<Record<Measure, Float64Array>>>;
  readonly dense: Readonly<Record<string, number | null>>;
  readonly correlation: Readonly<Record<string, number | null>>;
}

/** All readings of one kind of edit by one monitor of one run, by ascending step. */
export interface Track {
  readonly run: string;
  readonly monitor: string;
  readonly edit: Edit;
  readonly readings: readonly Reading[];
  /** The newest record, for what the monitor says of itself. */
  readonly newest: TrainingRecord;
  readonly notes: readonly string[];
  readonly gaps: readonly TrainingRecord[];
}

/** Returns the tracks in `series`, by run, monitor and edit. */
export function tracksOf(series: readonly Series[]): Track[] {
  return series.flatMap(({ kind, run, monitor, records }) => {
    if (kind !== "sensitivity" || records.length === 0) return [];
    const gaps = records.filter(isGap);
    const told = records.filter((record) => !isGap(record));
    const edits = [...new Set(told.map(({ fields }) => fields.edit as Edit))];
    const newest = records[records.length - 1];
    const notes = [...new Set(records.flatMap(({ fields }) => textsOf(fields.notes)))];
    return edits.map((edit) => {
      const readings = told.filter(({ fields }) => fields.edit === edit).map(toReading);
      return { run, monitor, edit, readings, newest, notes, gaps };
    });
  });
}

/** Returns why monitors that have recorded nothing at all did not, in words. */
export function silentGaps(series: readonly Series[]): string[] {
  return series.flatMap(({ run, monitor, kind, records }) => {
    const last = records.at(-1);
    if ((kind !== "sensitivity" && kind !== "plan") || !last || !records.every(isGap)) return [];
    return [`${run}, ${monitor}, step ${last.step}: ${said(last.fields.gap)}`];
  });
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

const MEASURES: readonly Measure[] = ["kl_batch", "kl", "loss", "metric", "repaired"];
const readings = new WeakMap<TrainingRecord, Reading>();

/** Returns what a checked record of kind "sensitivity" holds; the same one when asked again. */
export function toReading(record: TrainingRecord): Reading {
  const known = readings.get(record) ?? read(record);
  readings.set(record, known);
  return known;
}

function read({ step, epoch, fields, arrays }: TrainingRecord): Reading {
  const units = fields.units as readonly Unit[];
  const named = (suffix: string) =>
    Object.fromEntries(
      MEASURES.flatMap((name) => {
        const array = arrays[`${name}${suffix}`];
        return array ? [[name, array.data as Float64Array]] : [];
      }),
    );
  return {
    step,
    epoch,
    samples: fields.samples as number,
    metric: fields.metric as string,
    estimate: (fields.estimate as string | null | undefined) ?? null,
    mode: fields.mode as string,
    units,
    places: new Map(units.map(({ name }, row) => [name, row])),
    levels: arrays.levels.data as Float64Array,
    levelNames: fields.level_names as readonly string[],
    tables: Object.keys(arrays).flatMap((name) => /^counts\.(.*)$/.exec(name)?.[1] ?? []),
    values: named(""),
    errors: named(".error"),
    dense: objectOf(fields.dense) as Reading["dense"],
    correlation: objectOf(fields.correlation) as Reading["correlation"],
  };
}

/** Returns the values of the unit `name` over levels; empty where there are none. */
export function curveOf(reading: Reading, measure: Measure, name: string): Float64Array {
  return rowOf(reading, reading.values[measure], name);
}

/** Returns their standard errors; empty where there are none. */
export function errorsOf(reading: Reading, measure: Measure, name: string): Float64Array {
  return rowOf(reading, reading.errors[measure], name);
}

function rowOf(reading: Reading, values: Float64Array | undefined, name: string): Float64Array {
  const row = reading.places.get(name);
  const K = reading.levelNames.length;
  if (!values || row === undefined) return new Float64Array(0);
  return values.subarray(row * K, (row + 1) * K);
}

/** Standard errors below which a change can't be told from none. */
export const DISTINCT = 2;

/** Whether a change can't be told from none; never where there is no error. */
export function isIndistinct(value: number, error: number | undefined): boolean {
  return error !== undefined && Math.abs(value) < DISTINCT * error;
}
