/** Small figures of layers, so that every number can be read off. */
import type { Table } from "../../src/panels/layers/tables";
import { toTable } from "../../src/panels/layers/tables";
import type { NamedArray, Series, TrainingRecord } from "../../src/types";

export const LAYERS = ["stem.weight", "blocks.0.fc.weight", "blocks.0.fc.bias", "blocks.1.weight"];
export const SIZES = [4, 3, 1, 2];
/** Name, scale and rule of each statistic. */
export const STATISTICS: readonly (readonly [string, string, unknown])[] = [
  ["norm", "log", "root-sum-square"],
  ["mean", "signed", "mean"],
  ["std", "log", ["deviation", "mean"]],
  ["weight_norm", "log", "root-sum-square"],
  ["ratio", "log", ["ratio", "norm", "weight_norm"]],
  ["nonfinite", "linear", "sum"],
  ["max", "log", "max"],
  ["min", "signed", "min"],
  ["q50", "signed", null],
];

export const array = (shape: number[], data: NamedArray["data"]): NamedArray => ({ shape, data });

export function record(
  kind: string,
  step: number,
  fields: TrainingRecord["fields"],
  arrays: TrainingRecord["arrays"] = {},
): TrainingRecord {
  const epoch = Math.floor(step / 100);
  return { kind, monitor: "gradients", step, epoch, written: 1, wallTime: 0, fields, arrays };
}

export function tableRecord(names: readonly string[] = LAYERS, digest = "t"): TrainingRecord {
  return record("layer_table", 0, {
    digest,
    what: "gradients",
    layers: names.map((name, i) => ({ name, type: "Linear", shape: [2], size: SIZES[i] ?? 1 })),
    statistics: STATISTICS.map(([name, scale, rollup]) => ({
      name,
      label: name,
      unit: "",
      scale,
      rollup,
    })),
  });
}

export const table: Table = toTable(tableRecord());

/** Returns [layers, statistics] values with the given columns, zero elsewhere. */
export function values(columns: Record<string, readonly number[]>, rows = LAYERS.length) {
  const filled = new Float32Array(rows * STATISTICS.length);
  for (const [name, column] of Object.entries(columns)) {
    const s = STATISTICS.findIndex(([known]) => known === name);
    column.forEach((value, row) => {
      filled[row * STATISTICS.length + s] = value;
    });
  }
  return filled;
}

export function statistics(
  step: number,
  columns: Record<string, readonly number[]>,
  { rows = LAYERS.length, digest = "t" } = {},
): TrainingRecord {
  const arrays = {
    values: array([rows, STATISTICS.length], values(columns, rows)),
    dead: array([0, 2], new Int32Array(0)),
  };
  return record(
    "layer_statistics",
    step,
    { table: digest, what: "gradients", gap: null, notes: [] },
    arrays,
  );
}

export function series(run: string, records: readonly TrainingRecord[]): Series[] {
  const kinds = [...new Set(records.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const own = records.filter((each) => each.kind === kind);
    const [{ monitor }] = own;
    const tag = `${monitor}/${kind}`;
    return {
      run,
      tag,
      kind,
      monitor,
      records: own,
      written: own.length,
      unloaded: [],
      unreadable: [],
    };
  });
}
