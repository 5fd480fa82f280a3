/** How a module's statistic follows from those of its parameters, by the rules of schema.py. */
import type { SimpleRule, Table } from "./tables";

/** What is rolled up: one record's values [layers, statistics] and the layers of one row. */
interface Source {
  readonly table: Table;
  readonly values: Float32Array;
  readonly members: readonly number[];
}

/** Returns the statistic in `column` of the row; NaN where it is not defined. */
export function rolledUp(source: Source, column: number): number {
  const { table, values, members } = source;
  const S = table.statistics.length;
  if (members.length === 1) return values[members[0] * S + column];
  const { rollup } = table.statistics[column];
  if (rollup === null) return Number.NaN;
  if (typeof rollup === "string") return simple(source, column, rollup);
  const [rule, ...operands] = rollup;
  const columns = operands.map((name) => table.columns.get(name) ?? -1);
  if (rule === "ratio") return rolledUp(source, columns[0]) / rolledUp(source, columns[1]);
  return deviation(source, column, columns[0]);
}

/** Each takes the next value and its weight, and says how the sums end. */
const RULES: Readonly<
  Record<SimpleRule, (values: readonly number[], sizes: readonly number[]) => number>
> = {
  "root-sum-square": (values) => Math.hypot(...values),
  mean: (values, sizes) => weighted(values, sizes),
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
};

function simple(source: Source, column: number, rule: SimpleRule): number {
  const { table, values, members } = source;
  const S = table.statistics.length;
  const defined = members.filter((layer) => !isUndefined(source, layer, column));
  if (defined.length === 0) return Number.NaN;
  return RULES[rule](
    defined.map((layer) => values[layer * S + column]),
    defined.map((layer) => table.layers[layer].size),
  );
}

/** The deviation of all values together: the mean variance, and that of the means. */
function deviation(source: Source, column: number, mean: number): number {
  const { table, values, members } = source;
  const S = table.statistics.length;
  const defined = members.filter(
    (layer) => !isUndefined(source, layer, column) && !isUndefined(source, layer, mean),
  );
  if (defined.length === 0) return Number.NaN;
  const sizes = defined.map((layer) => table.layers[layer].size);
  const means = defined.map((layer) => values[layer * S + mean]);
  const middle = weighted(means, sizes);
  const squares = defined.map(
    (layer, i) => values[layer * S + column] ** 2 + (means[i] - middle) ** 2,
  );
  return Math.sqrt(weighted(squares, sizes));
}

function weighted(values: readonly number[], sizes: readonly number[]): number {
  let sum = 0;
  let total = 0;
  values.forEach((value, i) => {
    sum += value * sizes[i];
    total += sizes[i];
  });
  return sum / total;
}

/** A NaN says "not defined for the layer", but among values that are not finite it is one. */
function isUndefined({ table, values }: Source, layer: number, column: number): boolean {
  const S = table.statistics.length;
  return Number.isNaN(values[layer * S + column]) && !hasNonfinite(table, values, layer);
}

/** Whether a layer of a record holds values that are not finite, as far as was counted. */
export function hasNonfinite(table: Table, values: Float32Array, layer: number): boolean {
  const column = table.columns.get("nonfinite");
  if (column === undefined) return false;
  return values[layer * table.statistics.length + column] > 0;
}
