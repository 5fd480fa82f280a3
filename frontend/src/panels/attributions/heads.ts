/** Which columns of a film strip have a label, so that none touches another. Pure. */
import { niceStep } from "../../chart/scales";

const APART = 8; // pixels between two labels

/**
 * Returns the columns that are labelled: every n-th, and those that are `marked` in place of what
 * is too near to them.
 *
 * `widths` are those of the labels, `pitch` the distance from one column to the next, in pixels.
 */
export function labelledColumns(
  widths: readonly number[],
  marked: readonly boolean[],
  pitch: number,
): ReadonlySet<number> {
  const needed = Math.max(0, ...widths) + APART;
  const every = needed <= pitch ? 1 : niceStep(needed / pitch);
  const chosen: number[] = [];
  const isFree = (column: number) =>
    chosen.every((other) => {
      const room = (widths[column] + widths[other]) / 2 + APART;
      return Math.abs(column - other) * pitch >= room;
    });
  // Runs whose scrubbed moments are neighbours: the first of them stands for both.
  for (const column of marked.keys()) if (marked[column] && isFree(column)) chosen.push(column);
  const regular = [...widths.keys()].filter((column) => column % every === 0 && isFree(column));
  return new Set([...regular, ...chosen]);
}
