/** The columns of the film strip: one per recorded moment, aligned over the runs. */
import { count } from "../../format";
import type { Moment } from "../../types";
import type { Axis } from "../../view";
import type { RunRecords } from "./records";

export interface Column {
  /** "untrained", the epoch, or the step where epochs hold several records. */
  readonly label: string;
  /** What the label counts. */
  readonly unit: Axis;
  readonly epoch: number;
  readonly step: number;
  /** For each run: the index of its moment here, `NOTHING` or `UNLOADED`. */
  readonly moments: Int32Array;
  /** For each run: whether it has maps here that were not loaded. */
  readonly unloaded: readonly boolean[];
}

/** A run recorded nothing here. */
export const NOTHING = -1;
/** What a run recorded here was not loaded. */
export const UNLOADED = -2;

/**
 * Returns the columns of `runs`, ascending.
 *
 * Runs align by epoch where that is the axis and every run has at most one record per epoch (their
 * step counts may differ, with their batch sizes), else by step.
 */
export function columnsOf(runs: readonly RunRecords[], axis: Axis = "epoch"): Column[] {
  const unit = axis === "epoch" && runs.every(hasOnePerEpoch) ? "epoch" : "step";
  const columns = new Map<number, Omit<Column, "unloaded">>();
  runs.forEach(({ moments }, r) => {
    moments.forEach((moment, m) => {
      const column = columns.get(moment[unit]) ?? newColumn(runs.length, moment, unit);
      column.moments[r] = m;
      columns.set(moment[unit], column);
    });
  });
  const left = runs.map(({ unloaded }) => new Set(unloaded.map((moment) => moment[unit])));
  return [...columns]
    .sort(([a], [b]) => a - b)
    .map(([place, column]) =>
      withUnloaded(
        column,
        left.map((places) => places.has(place)),
      ),
    );
}

function hasOnePerEpoch({ moments, unloaded }: RunRecords): boolean {
  // A record knows its epoch; that of one to be loaded may be a guess.
  const epochs = new Map([...unloaded, ...moments].map(({ step, epoch }) => [step, epoch]));
  return new Set(epochs.values()).size === epochs.size;
}

function newColumn(runs: number, { epoch, step }: Moment, unit: Axis): Omit<Column, "unloaded"> {
  const label = epoch < 0 ? "untrained" : unit === "epoch" ? `${epoch}` : count(step);
  return { label, unit, epoch, step, moments: new Int32Array(runs).fill(NOTHING) };
}

function withUnloaded(column: Omit<Column, "unloaded">, unloaded: readonly boolean[]): Column {
  const moments = column.moments.map((m, r) => (m === NOTHING && unloaded[r] ? UNLOADED : m));
  return { ...column, moments, unloaded };
}

/** Whether a run has maps in the column that were not loaded. */
export function isPartial({ unloaded }: Column): boolean {
  return unloaded.includes(true);
}

const ENOUGH = 16; // columns in which a run is shown

/**
 * Returns the columns in which all that there is was loaded, and those of the `scrubbed` moments.
 *
 * Of runs of different lengths a different part is loaded, that of the longer one within that of
 * the shorter one as long as both record in the same rhythm. Where they do not, too little is
 * loaded of all of them at once: then all columns are returned.
 */
export function worthShowing(
  columns: readonly Column[],
  scrubbed: readonly number[],
): readonly Column[] {
  const whole = columns.filter((column) => !isPartial(column));
  const isScrubbed = ({ moments }: Column) => moments.some((m, r) => m >= 0 && m === scrubbed[r]);
  const enough = scrubbed.every((_, r) => {
    const isShown = ({ moments, unloaded }: Column) => moments[r] >= 0 && !unloaded[r];
    return whole.filter(isShown).length >= Math.min(ENOUGH, columns.filter(isShown).length);
  });
  return enough ? columns.filter((each) => !isPartial(each) || isScrubbed(each)) : columns;
}

/** Returns the index of the run's newest moment at or before `step`, or -1. */
export function momentAt({ moments }: RunRecords, step: number): number {
  return moments.findLastIndex((moment) => moment.step <= step);
}
