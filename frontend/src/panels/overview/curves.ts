/** Score curves in the unit square, of all runs on one time axis; pure. */
import type { Along } from "../../along";
import { drawnLine } from "../../chart/level";
import type { PredictionTrack } from "../../predictions";
import type { Timeline } from "../../timeline";
import type { Row } from "./rows";

/** The time axis from 0 to 1. */
export interface Span {
  /** Returns where the record of a run at a step lies. */
  shareOf(run: string, step: number): number;
  /** Returns how the records of a track are joined. */
  joinsOf?(track: PredictionTrack): Omit<Along, "x"> | undefined;
  /** Where the scrubber stands. */
  readonly here: number;
}

export interface Curve {
  readonly run: string;
  /** [time, score], both from 0 to 1; the score is NaN for a hole. */
  readonly points: readonly (readonly [number, number])[];
  /** For each point: whether nothing is known of much that lies before it. */
  readonly bare?: readonly boolean[];
}

/** Returns the axis of `timeline`, with the scrubber at the place `here`. */
export function spanOf(
  { positions, placeOf }: Pick<Timeline, "positions" | "placeOf">,
  here: number,
  joinsOf?: Span["joinsOf"],
): Span {
  const first = positions[0] ?? 0;
  const extent = (positions.at(-1) ?? 0) - first || 1;
  const share = (place: number) => (place - first) / extent;
  return { shareOf: (run, step) => share(placeOf(run, step)), here: share(here), joinsOf };
}

/**
 * Returns each run's label score of the row's sample over time.
 *
 * Probabilities use the whole height; other outputs are scaled to the row's own extremes.
 */
export function curvesOf(row: Row, span: Span): Curve[] {
  const curves = row.cells.flatMap((cell) => (cell ? [rawCurve(cell, row.sample.hash, span)] : []));
  const scores = curves.flatMap(({ points }) => points.map(([, score]) => score));
  const finite = scores.filter(Number.isFinite);
  const low = Math.min(0, ...finite);
  const extent = Math.max(1, ...finite) - low;
  return curves.map(({ run, points, bare }) => ({
    run,
    bare,
    points: points.map(([x, score]) => [x, (score - low) / extent] as const),
  }));
}

function rawCurve(cell: NonNullable<Row["cells"][number]>, hash: string, span: Span): Curve {
  const { run, track } = cell;
  const n = track.probe.places.get(hash) ?? -1;
  const whole = {
    ...{ label: run, colour: "", ...span.joinsOf?.(track) },
    x: track.records.map(({ step }) => span.shareOf(run, step)),
    y: track.records.map(({ arrays }) => Number(arrays.label_score.data[n] ?? Number.NaN)),
  };
  const { x, y, bare } = drawnLine(whole, [0, 1]);
  return { run, points: x.map((share, i) => [share, y[i]] as const), bare };
}
