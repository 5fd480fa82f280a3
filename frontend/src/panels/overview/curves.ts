/** Score curves in the unit square, of all runs on one time axis; pure. */
import type { Row } from "./rows";

/** The time axis from 0 to 1. */
export interface Span {
  /** Where a step lies. */
  readonly places: ReadonlyMap<number, number>;
  /** Where the scrubber stands. */
  readonly here: number;
}

export interface Curve {
  readonly run: string;
  /** [time, score], both from 0 to 1; the score is NaN for a hole. */
  readonly points: readonly (readonly [number, number])[];
}

/** Returns the axis whose moments lie at `places`, by step, with the scrubber at `step`. */
export function spanOf(places: ReadonlyMap<number, number>, step: number): Span {
  const all = [...places.values()];
  const first = all[0] ?? 0;
  const extent = (all.at(-1) ?? 0) - first || 1;
  const shares = new Map([...places].map(([at, place]) => [at, (place - first) / extent]));
  return { places: shares, here: shares.get(step) ?? 0 };
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
  return curves.map(({ run, points }) => ({
    run,
    points: points.map(([x, score]) => [x, (score - low) / extent] as const),
  }));
}

function rawCurve(cell: NonNullable<Row["cells"][number]>, hash: string, span: Span): Curve {
  const { run, track } = cell;
  const n = track.probe.places.get(hash) ?? -1;
  const points = track.records.map(
    ({ step, arrays }) =>
      [span.places.get(step) ?? 0, Number(arrays.label_score.data[n] ?? Number.NaN)] as const,
  );
  return { run, points };
}
