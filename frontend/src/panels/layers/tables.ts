/** Which layers and statistics a monitor's figures are of; see `layer_table` in schema.py. */
import type { TrainingRecord } from "../../types";

export type What = "activations" | "gradients" | "weights";
export type StatisticScale = "log" | "linear" | "signed" | "fraction";
export type SimpleRule = "root-sum-square" | "mean" | "sum" | "max" | "min";
export type Rollup =
  | SimpleRule
  | readonly ["ratio", string, string]
  | readonly ["deviation", string]
  | null;

export interface Layer {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly size: number;
}

export interface Statistic {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly scale: StatisticScale;
  readonly rollup: Rollup;
}

export interface Table {
  readonly digest: string;
  readonly what: What;
  readonly layers: readonly Layer[];
  readonly statistics: readonly Statistic[];
  /** Column of each statistic. */
  readonly columns: ReadonlyMap<string, number>;
}

/** Returns the table that a checked `layer_table` holds. */
export function toTable({ fields }: TrainingRecord): Table {
  const statistics = fields.statistics as Statistic[];
  return {
    digest: fields.digest as string,
    what: fields.what as What,
    layers: fields.layers as Layer[],
    statistics,
    columns: new Map(statistics.map(({ name }, i) => [name, i])),
  };
}

/** "norm", "update / weight", with the unit where there is one. */
export function statisticTitle({ label, unit }: Statistic): string {
  return unit ? `${label} (${unit})` : label;
}
