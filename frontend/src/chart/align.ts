/** One line of a chart; `x` ascends, NaN in `y` is a hole. */
export interface Line {
  readonly label: string;
  readonly colour: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

type Column = (number | null | undefined)[];

/**
 * Returns [xs, ...ys] over the union of all x.
 *
 * Where a line has no point of its own it is `undefined` (it runs through); where its value is
 * NaN, infinite, or not above zero on a logarithmic axis, it is `null` (a hole).
 */
export function alignLines(lines: readonly Line[], logarithmic: boolean): Column[] {
  const xs = [...new Set(lines.flatMap(({ x }) => x))].sort((a, b) => a - b);
  const places = new Map(xs.map((x, i) => [x, i]));
  const columns = lines.map(({ x, y }) => {
    const column: Column = new Array(xs.length).fill(undefined);
    x.forEach((at, i) => {
      const drawable = Number.isFinite(y[i]) && !(logarithmic && y[i] <= 0);
      column[places.get(at) as number] = drawable ? y[i] : null;
    });
    return column;
  });
  return [xs, ...columns];
}
