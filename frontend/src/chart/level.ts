/** Of the points of a line those that it is drawn through: of one density, all of them or a level. Pure. */
import type { Line } from "./line";
import type { Span } from "./scales";

/**
 * Returns `line` through the points that are drawn within `span`: where every record is loaded that
 * lies there all of them, else those of the level.
 */
export function drawnLine(line: Line, span: Span): Line {
  const at = drawnPoints(line, span);
  if (at.length === line.x.length) return line;
  const of = <T>(values: readonly T[]) => at.map((i) => values[i]);
  const { x, y, bare, error } = line;
  return {
    ...line,
    x: of(x),
    y: of(y),
    aside: undefined,
    bare: bare && at.map((i, n) => bare.slice((at[n - 1] ?? -1) + 1, i + 1).includes(true)),
    error: error && of(error),
  };
}

/** Returns the indices of those points. */
export function drawnPoints({ x, aside, partial }: Line, [from, to]: Span): number[] {
  const all = [...x.keys()];
  if (!aside) return all;
  const first = x.findIndex((place) => place >= from);
  const last = x.findLastIndex((place) => place <= to);
  const whole = first >= 0 && last > first && !partial?.slice(first + 1, last + 1).includes(true);
  return all.filter((i) => !aside[i] || (whole && i >= first && i <= last));
}

/** Returns the point of `line` at the scrubber alone, unless it is drawn anyway; null for none. */
export function markOf(line: Line, span: Span, cursor: number): Line | null {
  const at = line.x.findLastIndex((place) => place <= cursor);
  if (!line.aside?.[at] || drawnPoints(line, span).includes(at)) return null;
  const { label, colour, x, y } = line;
  return { label, colour, x: [x[at]], y: [y[at]] };
}
