/** The probe table: a row per sample, a prediction per run; pure. */
import { indexAtOrBefore } from "../../moments";
import { type Prediction, type PredictionTrack, predictionIn, trackOf } from "../../predictions";
import type { Sample } from "../../samples";
import type { TrainingRecord } from "../../types";
import type { Filter, Sort } from "./settings";

export interface Cell {
  readonly run: string;
  readonly track: PredictionTrack;
  readonly prediction: Prediction;
  /** Whether the record before this one predicted another class. */
  readonly changed: boolean;
}

export interface Row {
  readonly sample: Sample;
  /** One per run; null where the run has no prediction for the sample yet. */
  readonly cells: readonly (Cell | null)[];
}

/** Returns the table in which each run is shown up to `stepIn` it. */
export function rowsOf(
  samples: readonly Sample[],
  runs: readonly string[],
  tracks: readonly PredictionTrack[],
  stepIn: (run: string) => number,
): Row[] {
  return samples.map((sample) => ({
    sample,
    cells: runs.map((run) => cellOf(trackOf(tracks, run, sample.hash), sample.hash, stepIn(run))),
  }));
}

function cellOf(track: PredictionTrack | undefined, hash: string, step: number): Cell | null {
  if (!track) return null;
  const index = indexAtOrBefore(track.records, step);
  const prediction = index >= 0 ? predictionIn(track, index, hash) : null;
  if (!prediction) return null;
  const before = index > 0 ? predictionIn(track, index - 1, hash) : null;
  return {
    run: track.run,
    track,
    prediction,
    changed: before !== null && before.top !== prediction.top,
  };
}

/** Returns the rows of which some run's prediction is as `filter` asks. */
export function visibleRows(rows: readonly Row[], filter: Filter): readonly Row[] {
  if (filter === "all") return rows;
  const holds = (cell: Cell | null) =>
    filter === "wrong" ? cell?.prediction.correct === false : cell?.changed === true;
  return rows.filter(({ cells }) => cells.some(holds));
}

/** Returns the rows in the order of `sort`; equals stay as they were. */
export function sortRows(rows: readonly Row[], sort: Sort): readonly Row[] {
  if (sort === "probe") return rows;
  if (sort === "label") {
    const name = ({ sample }: Row) => sample.label ?? "";
    return [...rows].sort((a, b) => name(a).localeCompare(name(b)));
  }
  const rank = sort === "score" ? lowestScore : (row: Row) => -spread(row);
  return [...rows].sort((a, b) => rank(a) - rank(b));
}

function labelScores({ cells }: Row): number[] {
  return cells.flatMap((cell) =>
    cell && Number.isFinite(cell.prediction.labelScore) ? [cell.prediction.labelScore] : [],
  );
}

function lowestScore(row: Row): number {
  return Math.min(Number.MAX_VALUE, ...labelScores(row));
}

function spread(row: Row): number {
  const scores = labelScores(row);
  return scores.length < 2 ? 0 : Math.max(...scores) - Math.min(...scores);
}

/** Returns the newest record that the run's predictions are of. */
export function recordOf(rows: readonly Row[], run: string): TrainingRecord | null {
  return rows.reduce<TrainingRecord | null>((newest, { cells }) => {
    const record = cells.find((cell) => cell?.run === run)?.prediction.record ?? null;
    return record && (!newest || record.step > newest.step) ? record : newest;
  }, null);
}

/** Returns how many of a run's labelled samples are predicted rightly, and of how many. */
export function correctOf(rows: readonly Row[], run: string): { right: number; labelled: number } {
  const marks = rows
    .flatMap(({ cells }) => cells.find((cell) => cell?.run === run)?.prediction.correct ?? [])
    .filter((mark) => mark !== null);
  return { right: marks.filter(Boolean).length, labelled: marks.length };
}
