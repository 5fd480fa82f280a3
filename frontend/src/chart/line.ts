/** One line of a chart; `x` ascends, NaN in `y` is a hole. */
export interface Line {
  readonly label: string;
  readonly colour: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
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
export function valueAt({ x, y }: Line, place: number): number {
  return y[x.findLastIndex((each) => each <= place)] ?? Number.NaN;
}
