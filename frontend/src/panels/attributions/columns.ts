/** The columns of the film strip: one per recorded moment, aligned over the runs. */
import type { RunRecords } from "./records";

export interface Column {
  /** "untrained", the epoch, or the step where epochs hold several records. */
  readonly label: string;
  readonly epoch: number;
  readonly step: number;
  /** For each run: the index of its moment here, or -1. */
  readonly moments: Int32Array;
}

/**
 * Returns the columns of `runs`, ascending.
 *
 * Runs align by epoch where every run has at most one record per epoch (their step counts may
 * differ, with their batch sizes), else by step.
 */
export function columnsOf(runs: readonly RunRecords[]): Column[] {
  const byEpoch = runs.every(({ moments }) => {
    return new Set(moments.map(({ epoch }) => epoch)).size === moments.length;
  });
  const columns = new Map<number, Column>();
  runs.forEach(({ moments }, r) => {
    moments.forEach(({ epoch, step }, m) => {
      const place = byEpoch ? epoch : step;
      const column = columns.get(place) ?? newColumn(runs.length, epoch, step, byEpoch);
      column.moments[r] = m;
      columns.set(place, column);
    });
  });
  return [...columns].sort(([a], [b]) => a - b).map(([, column]) => column);
}

function newColumn(runs: number, epoch: number, step: number, byEpoch: boolean): Column {
  const label = epoch < 0 ? "untrained" : byEpoch ? `${epoch}` : `step ${step}`;
  return { label, epoch, step, moments: new Int32Array(runs).fill(-1) };
}

/** Returns the index of the run's newest moment at or before `step`, or -1. */
export function momentAt({ moments }: RunRecords, step: number): number {
  return moments.findLastIndex((moment) => moment.step <= step);
}
