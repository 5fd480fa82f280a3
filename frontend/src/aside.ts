/** Which of the loaded records of a long series charts leave out, so that they are of one density. Pure. */
import type { Detail } from "./detail";
import type { Series } from "./types";

/** A record of an answer. */
export interface Arrived {
  readonly step: number;
  /** Whether the answer holds it. */
  readonly carried: boolean;
}

/**
 * Returns the steps of those records in an answer to `detail` that are no part of a level of detail:
 * they were loaded since the scrubber stands near them, or since a chart was zoomed into.
 *
 * `before` is what was loaded of the series until then; of what it has grown by, as large a part as
 * of all else is of the level.
 */
export function asideIn(
  arrived: readonly Arrived[],
  detail: Detail,
  before: Series | undefined,
): ReadonlySet<number> {
  const was = before?.aside ?? new Set<number>();
  const known = new Set(before?.records.map(({ step }) => step));
  const isAside = ruleFor(detail, was, known, depthOf(before));
  return new Set(arrived.filter(isAside).map(({ step }) => step));
}

type Rule = (record: Arrived) => boolean;

function ruleFor(
  { most, beyond, from, to }: Detail,
  was: ReadonlySet<number>,
  known: ReadonlySet<number>,
  depth: number,
): Rule {
  if (most !== undefined && beyond === undefined) return ({ carried }) => !carried;
  if (most !== undefined) return ({ step, carried }) => !carried && was.has(step);
  if (to !== undefined) return ({ step }) => was.has(step) || !known.has(step);
  if (from === undefined) return () => false;
  return ({ step }) => (known.has(step) ? was.has(step) : !isOfLevel(step, depth));
}

/** Returns n where a level holds one of 2^n records. */
function depthOf(before: Series | undefined): number {
  if (!before) return 0;
  const { records, unloaded, aside } = before;
  const level = records.length - (aside?.size ?? 0);
  return Math.floor(Math.log2((records.length + unloaded.length) / Math.max(1, level)) + 0.01);
}

/** Whether `step` is one of 2^depth, without any pattern from step to step. */
function isOfLevel(step: number, depth: number): boolean {
  const mixed = Math.imul(step ^ (step >>> 15), 0x2c1b3c6d);
  return (((mixed ^ (mixed >>> 12)) >>> 4) & (2 ** depth - 1)) === 0;
}
