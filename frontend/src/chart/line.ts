/** One line of a chart; `x` ascends, NaN in `y` is a hole. */
export interface Line {
  readonly label: string;
  readonly colour: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** For each point: whether nothing is known of much that lies between it and the one before. */
  readonly bare?: readonly boolean[];
  /** For each point: whether it is left out of a chart of all of the run (level.ts). */
  readonly aside?: readonly boolean[];
  /** For each point: whether there are records between it and the one before that are not loaded. */
  readonly partial?: readonly boolean[];
  /** Half the width of a band around the line: a standard error. */
  readonly error?: readonly number[];
  /** What was estimated is never drawn like what was measured. */
  readonly dashed?: boolean;
}

/** Whether `value` has a place on the axis: zero has none on a logarithmic one. */
export function isDrawable(value: number, logarithmic: boolean): boolean {
  return Number.isFinite(value) && !(logarithmic && value <= 0);
}

/** Returns every x of `lines`, ascending. */
export function allPlaces(lines: readonly Line[]): number[] {
  return [...new Set(lines.flatMap(({ x }) => x))].sort((a, b) => a - b);
}

/** Returns the value of the line's last point at or before `place`; NaN before its first. */
export function valueAt(line: Line, place: number): number {
  return pointAt(line, place).y;
}

/** Returns that point, and so where its value is of. */
export function pointAt({ x, y }: Line, place: number): { readonly x: number; readonly y: number } {
  const index = x.findLastIndex((each) => each <= place);
  return { x: x[index] ?? Number.NaN, y: y[index] ?? Number.NaN };
}
