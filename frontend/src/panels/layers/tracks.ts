/** The figures of one monitor in one run, each beside the table that names its rows. */
import { said } from "../../format";
import { type Hole, holesOf } from "../../holes";
import { isGap } from "../../kinds/shared";
import { indexAtOrBefore } from "../../moments";
import type { Series, TrainingRecord } from "../../types";
import { type Table, toTable, type What } from "./tables";

/** One record of statistics, with its table. */
export interface Reading {
  readonly step: number;
  readonly epoch: number;
  readonly table: Table;
  /** [layers, statistics], row by row. */
  readonly values: Float32Array;
  /** [units, 2]: layer and unit of every dead unit. */
  readonly dead: Int32Array;
}

/** One record of histograms, not yet decoded, with its table. */
export interface Counted {
  readonly step: number;
  readonly epoch: number;
  readonly table: Table;
  readonly mantissaBits: number;
  readonly bins: Uint8Array;
  readonly ends: Int32Array;
}

export interface Track {
  readonly run: string;
  readonly monitor: string;
  readonly what: What;
  readonly readings: readonly Reading[];
  readonly histograms: readonly Counted[];
  /** Where nothing was recorded, or what was is gone. */
  readonly holes: readonly Hole[];
  /** Steps that charts of the whole run leave out, and those that are not loaded. */
  readonly aside: Series["aside"];
  readonly unloaded: Series["unloaded"];
  /** Each once, by first appearance. */
  readonly tables: readonly Table[];
  readonly gaps: readonly TrainingRecord[];
  /** The newest record, for what the monitor says of itself. */
  readonly newest: TrainingRecord;
  /** All that it said over time, each once. */
  readonly notes: readonly string[];
  /** What could not be used, in words. */
  readonly faults: readonly string[];
}

/** Returns the step of the record that `track` shows at `step`: a moment there is, if any. */
export function recordedStep({ readings }: Track, step: number): number {
  return (readings[indexAtOrBefore(readings, step)] ?? readings[0])?.step ?? step;
}

/** Returns the tracks in `series`, by run and monitor. */
export function layerTracksOf(series: readonly Series[]): Track[] {
  const tables = tablesOf(series);
  return series.flatMap((entry) => {
    if (entry.kind !== "layer_statistics" || entry.records.length === 0) return [];
    const beside = (kind: string) =>
      series.find(
        (other) =>
          other.kind === kind && other.run === entry.run && other.monitor === entry.monitor,
      )?.records ?? [];
    return toTracks(entry, beside("layer_histograms"), tables);
  });
}

type Tables = ReadonlyMap<string, Table>;

const keyOf = (run: string, digest: unknown) => JSON.stringify([run, digest]);

function tablesOf(series: readonly Series[]): Tables {
  const tables = new Map<string, Table>();
  for (const { run, kind, records } of series) {
    if (kind !== "layer_table") continue;
    for (const record of records) tables.set(keyOf(run, record.fields.digest), toTable(record));
  }
  return tables;
}

function toTracks(series: Series, counted: readonly TrainingRecord[], tables: Tables): Track[] {
  const { run, monitor, records, aside, unloaded } = series;
  const holes = holesOf(series);
  return whatsOf(records).map((what) => {
    const faults: string[] = [];
    const tableOf = ({ fields, step, kind }: TrainingRecord, rows: number | undefined) => {
      const table = tables.get(keyOf(run, fields.table));
      const fits = table?.layers.length === rows && table?.what === fields.what;
      if (!fits) faults.push(`${run}, ${monitor}, step ${step}: no table of its ${kind} fits`);
      return fits ? table : null;
    };
    const own = records.filter((record) => isGap(record) || record.fields.what === what);
    const readings = own.flatMap((record) => {
      if (isGap(record)) return [];
      const table = tableOf(record, record.arrays.values.shape[0]);
      return table ? (toReading(record, table) ?? []) : [];
    });
    const histograms = counted.flatMap((record) => {
      if (record.fields.what !== what) return [];
      const table = tableOf(record, record.arrays.ends.shape[0]);
      return table ? [toCounted(record, table)] : [];
    });
    const used = [...new Set(readings.map(({ table }) => table))];
    const said = { gaps: own.filter(isGap), newest: own[own.length - 1], notes: notesOf(own) };
    const known = { holes, aside, unloaded, tables: used };
    return { run, monitor, what, readings, histograms, ...known, ...said, faults };
  });
}

/** A gap does not say what it is of: it is of whatever its monitor records. */
function whatsOf(records: readonly TrainingRecord[]): What[] {
  const told = records.filter((record) => !isGap(record)).map(({ fields }) => fields.what as What);
  return [...new Set(told)];
}

function notesOf(records: readonly TrainingRecord[]): string[] {
  const notes = records.flatMap(({ fields }) => (Array.isArray(fields.notes) ? fields.notes : []));
  return [...new Set(notes.map(String))];
}

/** Returns why monitors of layers that have recorded nothing at all did not, in words. */
export function silentGaps(series: readonly Series[]): string[] {
  return series.flatMap(({ run, monitor, kind, records }) => {
    const last = records.at(-1);
    if (kind !== "layer_statistics" || !last || !records.every(isGap)) return [];
    return [`${run}, ${monitor}, step ${last.step}: ${said(last.fields.gap)}`];
  });
}

function toReading({ step, epoch, arrays }: TrainingRecord, table: Table): Reading | null {
  if (arrays.values.shape[1] !== table.statistics.length) return null;
  const dead = (arrays.dead?.data ?? new Int32Array(0)) as Int32Array;
  return { step, epoch, table, values: arrays.values.data as Float32Array, dead };
}

function toCounted({ step, epoch, fields, arrays }: TrainingRecord, table: Table): Counted {
  return {
    step,
    epoch,
    table,
    mantissaBits: fields.mantissa_bits as number,
    bins: arrays.bins.data as Uint8Array,
    ends: arrays.ends.data as Int32Array,
  };
}
