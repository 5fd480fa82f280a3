/** Of long runs the page holds a part of the records: how much, and what that is enough for. Pure. */
import { indexAtOrBefore } from "./moments";
import type { Moment, Series } from "./types";

/** What is asked for of each series; tb_explain/window.py says what it means. */
export interface Detail {
  readonly most?: number;
  readonly room?: number;
  readonly beyond?: number;
  readonly from?: number;
  readonly to?: number;
}

// Of all shown runs together, for each series: ten runs of a hundred epochs come whole.
const RECORDS = 1280;
const BYTES = 32 * 2 ** 20;
const FEWEST = 16; // records of each series, however many runs there are
// A panel is first drawn from this part of them; the others follow.
export const FIRST_PART = 4;
// What is fetched on both sides of a place, so that a few steps more need no answer.
const NEIGHBOURS = 16;
const NEIGHBOUR_BYTES = 8 * 2 ** 20;

/** How much of each series is loaded. */
export interface Level {
  readonly most: number;
  readonly room: number;
}

/** Returns the level of detail at which `runs` runs are loaded. */
export function levelFor(runs: number): Level {
  const share = Math.max(1, runs);
  return {
    most: Math.max(FEWEST, Math.floor(RECORDS / share)),
    room: Math.floor(BYTES / share),
  };
}

/** Returns the level at which `runs` runs are first drawn. */
export function firstLevelFor(runs: number): Level {
  const { most, room } = levelFor(runs);
  return { most: Math.floor(most / FIRST_PART), room: Math.floor(room / FIRST_PART) };
}

/** Whether `entry` holds the record that it shows at `step`: its newest one at or before it. */
export function isCovered({ records, unloaded }: Series, step: number): boolean {
  const missing = unloaded[indexAtOrBefore(unloaded, step)];
  if (!missing) return true;
  const held = records[indexAtOrBefore(records, step)];
  return held !== undefined && held.step > missing.step;
}

/** Whether `entry` lacks what `before` had of it, as of a series that began anew. */
export function isBare({ kind, records, unloaded }: Series, before: Series | undefined): boolean {
  if (kind === "alerts" || !before) return unloaded.length > 0;
  return unloaded.length > 0 && records.length < before.records.length / 2;
}

/** Returns the steps to fetch so that `series`, all of one run, can be shown at `step` and around. */
export function rangeAround(
  series: readonly Series[],
  moments: readonly Moment[],
  step: number,
): { readonly from: number; readonly to: number } {
  const partial = series.filter(({ unloaded }) => unloaded.length > 0);
  const size = partial.reduce((sum, { records }) => sum + bytesOf(records.at(-1)), 0);
  const reach = Math.min(NEIGHBOURS, Math.floor(NEIGHBOUR_BYTES / Math.max(1, size) / 2));
  const here = indexAtOrBefore(moments, step);
  const missing = partial
    .filter((entry) => !isCovered(entry, step))
    .map(({ unloaded }) => unloaded[indexAtOrBefore(unloaded, step)].step);
  const first = moments[Math.max(0, here - reach)]?.step ?? step;
  return {
    from: Math.max(0, Math.min(first, step, ...missing)),
    to: Math.max(step, moments[Math.min(moments.length - 1, here + reach)]?.step ?? step),
  };
}

/** Returns about how many bytes `series` would take more if all of them were loaded. */
export function missingBytes(series: readonly Series[]): number {
  return series.reduce(
    (sum, { records, unloaded }) => sum + unloaded.length * bytesOf(records.at(-1)),
    0,
  );
}

function bytesOf(record: Series["records"][number] | undefined): number {
  return Object.values(record?.arrays ?? {}).reduce((sum, { data }) => sum + data.byteLength, 0);
}

/**
 * Returns the moments of `steps`, whose records are not loaded; all ascending.
 *
 * A record says its epoch itself. Of those between two loaded ones it is known where both are of
 * one epoch, or there is a record in each epoch; elsewhere it follows from the steps, and is
 * corrected when the record comes.
 */
export function momentsBetween(records: readonly Moment[], steps: readonly number[]): Moment[] {
  const left = steps.map((step) => ({ step }));
  return left.map(({ step }, n) => {
    const index = indexAtOrBefore(records, step);
    const [before, after] = [records[index], records[index + 1]];
    if (!before || !after) return { step, epoch: (before ?? after)?.epoch ?? 0 };
    const first = indexAtOrBefore(left, before.step) + 1;
    const between = indexAtOrBefore(left, after.step) + 1 - first;
    const epochs = after.epoch - before.epoch;
    if (epochs === between + 1) return { step, epoch: before.epoch + 1 + n - first };
    const share = (step - before.step) / (after.step - before.step);
    return { step, epoch: before.epoch + Math.floor(epochs * share + 1e-9) };
  });
}
