/** Where nothing was recorded of a series, or what was recorded is no longer there. Pure. */
import { indexAtOrBefore } from "./moments";
import type { Series } from "./types";

/** What lies between two records that follow one another, much farther apart than others are. */
export interface Hole {
  /** Step of the record before it. */
  readonly after: number;
  /** Step of the one behind it. */
  readonly step: number;
  /** The part of it for which the record before it stands, as every record does. */
  readonly held: number;
}

const FAR = 3; // times as far as usual
const NEIGHBOURS = 8; // distances on each side, whose median is what is usual

const known = new WeakMap<Series, readonly Hole[]>();

/** Returns the holes in `series`, ascending; records that merely are not loaded make none. */
export function holesOf(series: Series): readonly Hole[] {
  const found = known.get(series) ?? findHoles(series);
  known.set(series, found);
  return found;
}

/** Whether any hole in each of `all`, one run's, lies between two steps. */
export function isBareBetween(all: readonly Series[], from: number, to: number): boolean {
  return (
    all.some((each) => hasHole(each, from, to)) &&
    all.every((each) => hasHole(each, from, to) || !reaches(each, from, to))
  );
}

/** Returns the first of `holes` that ends behind `step`. */
export function holeBehind(holes: readonly Hole[], step: number): Hole | undefined {
  return holes[indexAtOrBefore(holes, step) + 1];
}

function hasHole(series: Series, from: number, to: number): boolean {
  const hole = holeBehind(holesOf(series), from);
  return hole !== undefined && hole.after < to;
}

/** Whether the series has begun before `to`, and goes on behind `from`. */
function reaches({ records }: Series, from: number, to: number): boolean {
  return records.length > 0 && records[0].step < to && (records.at(-1)?.step ?? 0) > from;
}

function findHoles({ records, unloaded }: Series): Hole[] {
  const steps = [...records, ...unloaded].map(({ step }) => step).sort((a, b) => a - b);
  const distances = steps.slice(1).map((step, i) => step - steps[i]);
  const paces = recordedPaces(records, steps);
  return distances.flatMap((distance, i) => {
    const pace = Math.min(paces[i], usualPace(distances, i));
    if (!(distance > FAR * pace)) return [];
    return [{ after: steps[i], step: steps[i + 1], held: pace / distance }];
  });
}

/**
 * Returns how far apart records were written behind each of `steps`, if some of them are gone;
 * elsewhere infinity.
 *
 * Records count those that were written up to them.
 */
function recordedPaces(records: Series["records"], steps: readonly number[]): Float64Array {
  const paces = new Float64Array(steps.length).fill(Infinity);
  let at = 0;
  for (let i = 1; i < records.length; i++) {
    const [a, b] = [records[i - 1], records[i]];
    const from = at;
    while (steps[at] < b.step) at++;
    const written = b.written - a.written;
    if (written > at - from) paces.fill((b.step - a.step) / written, from, at);
  }
  return paces;
}

/** Returns how far apart the records around the distance `i` are; infinity if it is the only one. */
function usualPace(distances: readonly number[], i: number): number {
  const [last, next] = [distances[i - 1] ?? Infinity, distances[i + 1] ?? Infinity];
  if (distances[i] <= FAR * Math.min(last, next) || distances.length === 1) return Infinity;
  const before = distances.slice(Math.max(0, i - NEIGHBOURS), i);
  const after = distances.slice(i + 1, i + 1 + NEIGHBOURS);
  return Math.max(middleOf(before), middleOf(after));
}

/** Returns the median, or the smaller of the two in the middle; 0 of nothing. */
function middleOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1] ?? 0;
}
