/** Where one run's records lie on the time axis of a chart, and how a line joins them. */
import type { Line } from "./chart/line";
import { context, timeline } from "./context";
import { holesOf, isBareBetween } from "./holes";
import { indexAtOrBefore } from "./moments";
import type { Series } from "./types";

/** What a line is drawn by, but for its values and looks. */
export type Along = Pick<Line, "x" | "bare" | "aside" | "partial">;

/** Returns the places of the records at `steps`, which ascend, all of one kind and run, or monitor of it. */
export function along(
  run: string,
  kind: string,
  steps: readonly number[],
  monitor?: string,
): Along {
  const { placeOf } = timeline.value;
  const series = context.series.value.filter(
    (each) => each.run === run && each.kind === kind && (!monitor || each.monitor === monitor),
  );
  const between = (holds: (from: number, to: number) => boolean) =>
    steps.map((step, i) => i > 0 && holds(steps[i - 1], step));
  const holed = series.some((each) => holesOf(each).length > 0);
  const partial = series.some(({ unloaded }) => unloaded.length > 0);
  const newest = steps.at(-1);
  const isAside = (step: number) => step !== newest && series.every((each) => lacks(each, step));
  return {
    x: steps.map((step) => placeOf(run, step)),
    bare: holed ? between((from, to) => isBareBetween(series, from, to)) : undefined,
    partial: partial ? between((from, to) => series.some(misses(from, to))) : undefined,
    aside: series.some(({ aside }) => aside?.size) ? steps.map(isAside) : undefined,
  };
}

/** Whether the level of the series has no record at `step`. */
function lacks({ records, aside }: Series, step: number): boolean {
  return aside?.has(step) || records[indexAtOrBefore(records, step)]?.step !== step;
}

/** Returns whether a series has records between two steps that are not loaded. */
const misses =
  (from: number, to: number) =>
  ({ unloaded }: Series) =>
    indexAtOrBefore(unloaded, from) < indexAtOrBefore(unloaded, to);
