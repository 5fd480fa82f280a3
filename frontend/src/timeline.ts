/** The time axis in force: where the scrubber stops, and where each run's records lie. Pure. */
import { epochsAgree, indexAtOrBefore, momentsOf, positionsOf } from "./moments";
import type { Moment, Series } from "./types";
import type { Axis } from "./view";

export interface Timeline {
  /** What the scrubber stops at, ascending. */
  readonly moments: readonly Moment[];
  /** Where they lie on the axis. */
  readonly positions: readonly number[];
  /** Whether a step means another epoch in another run: then each moment is of the longest run. */
  readonly apart: boolean;
  /** Returns where the record of `run` at `step` lies on the axis. */
  placeOf(run: string, step: number): number;
  /** Returns the step up to which `run` is shown while the scrubber stands at `step`. */
  stepIn(run: string, step: number): number;
}

/**
 * Returns the timeline of the runs in `series`.
 *
 * By step, or where epochs and steps go together, all runs share their moments. By epoch, runs
 * with other numbers of steps per epoch align with the run of the most epochs: each shows its
 * newest record at or before that run's epoch.
 */
export function timelineOf(series: readonly Series[], axis: Axis): Timeline {
  if (axis === "epoch" && !epochsAgree(series)) return alignedByEpoch(series);
  const moments = momentsOf(series);
  const positions = positionsOf(moments, axis);
  const places = new Map(moments.map(({ step }, i) => [step, positions[i]]));
  return {
    moments,
    positions,
    apart: false,
    placeOf: (_, step) => places.get(step) ?? 0,
    stepIn: (_, step) => step,
  };
}

/** The moments of one run and where they lie on the epoch axis. */
interface Own {
  readonly moments: readonly Moment[];
  readonly positions: readonly number[];
}

function alignedByEpoch(series: readonly Series[]): Timeline {
  const runs = new Map<string, Own>();
  for (const run of new Set(series.map((entry) => entry.run))) {
    const moments = momentsOf(series.filter((entry) => entry.run === run));
    runs.set(run, { moments, positions: positionsOf(moments, "epoch") });
  }
  const longest = [...runs.values()].reduce((a, b) => (lastPlace(b) > lastPlace(a) ? b : a));
  return {
    ...longest,
    apart: true,
    placeOf: (run, step) => placeIn(runs.get(run), step),
    stepIn(run, step) {
      const { moments = [], positions = [] } = runs.get(run) ?? {};
      const here = placeIn(longest, step);
      return moments[positions.findLastIndex((place) => place <= here)]?.step ?? BEFORE_ALL;
    },
  };
}

const BEFORE_ALL = -1; // no record has a step at or before it

function lastPlace({ positions }: Own): number {
  return positions.at(-1) ?? Number.NEGATIVE_INFINITY;
}

function placeIn(own: Own | undefined, step: number): number {
  if (!own || own.moments.length === 0) return 0;
  return own.positions[Math.max(0, indexAtOrBefore(own.moments, step))];
}
