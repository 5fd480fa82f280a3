/** What boxes are coloured by: costs of the graph, and statistics of layers joined by name; pure. */
import { score } from "../../format";
import { recordAt } from "../../moments";
import type { Series, TrainingRecord } from "../../types";
import { rolledUp } from "../layers/rollup";
import {
  type Statistic,
  type StatisticScale,
  statisticTitle,
  type Table,
  toTable,
  type What,
} from "../layers/tables";
import { amount, bytes } from "./amounts";
import type { GraphNode } from "./tree";

export interface Measure {
  /** As in the URL: "parameters", "activations:std". */
  readonly name: string;
  readonly title: string;
  readonly scale: StatisticScale;
  /** Whether the values of parts add up to that of the whole. */
  readonly additive: boolean;
  /** NaN: not known, or not defined for the node. */
  valueOf(node: GraphNode): number;
  format(value: number): string;
}

const PLAIN = {
  scale: "log",
  additive: true,
  format: (value: number) => (Number.isNaN(value) ? "–" : score(value)),
} as const;

export const COSTS: readonly Measure[] = [
  {
    ...PLAIN,
    name: "parameters",
    title: "parameters",
    valueOf: ({ parameters }) => parameters ?? Number.NaN,
    format: amount,
  },
  {
    ...PLAIN,
    name: "macs",
    title: "MACs per sample",
    valueOf: ({ macs }) => macs ?? Number.NaN,
    format: amount,
  },
  {
    ...PLAIN,
    name: "memory",
    title: "activation memory per sample",
    valueOf: ({ activation_bytes: size }) => size ?? Number.NaN,
    format: bytes,
  },
];

/** The statistics of one run's layers, of one kind. */
interface Recorded {
  readonly what: What;
  readonly table: Table;
  readonly records: readonly TrainingRecord[];
}

function recordedIn(series: readonly Series[], run: string): Recorded[] {
  const own = series.filter((entry) => entry.run === run);
  const all = (kind: string) =>
    own.filter((entry) => entry.kind === kind).flatMap(({ records }) => records);
  const newest = new Map<What, Table>();
  for (const record of all("layer_table")) newest.set(toTable(record).what, toTable(record));
  return [...newest.values()].map((table) => ({
    what: table.what,
    table,
    records: all("layer_statistics")
      .filter(({ fields }) => fields.table === table.digest && typeof fields.gap !== "string")
      .sort((a, b) => a.step - b.step),
  }));
}

/** Returns all that boxes can be coloured by, statistics as of `step` of `run`. */
export function measuresOf(series: readonly Series[], run: string, step: number): Measure[] {
  return [...COSTS, ...recordedIn(series, run).flatMap((recorded) => measuresIn(recorded, step))];
}

function measuresIn({ what, table, records }: Recorded, step: number): Measure[] {
  const record = recordAt(records, step);
  const members = membersOf(table);
  return table.statistics.map((statistic, column) => ({
    ...PLAIN,
    name: `${what}:${statistic.name}`,
    title: titleIn(what, statistic),
    scale: statistic.scale,
    additive: false,
    valueOf: ({ name }) => {
      const rows = members(name);
      if (!record || rows.length === 0) return Number.NaN;
      const values = record.arrays.values.data as Float32Array;
      return rolledUp({ table, values, members: rows }, column);
    },
  }));
}

/** "activations: zeros", but "gradient norm", whose label says what it is of. */
function titleIn(what: What, statistic: Statistic): string {
  const title = statisticTitle(statistic);
  return title.includes(what.slice(0, -1)) ? title : `${what}: ${title}`;
}

/** Returns what finds the rows of a module: its own, or else those of the parameters in it. */
function membersOf({ what, layers }: Table): (name: string) => number[] {
  const own = new Map(layers.map(({ name }, row) => [name, row]));
  return (name) => {
    const row = own.get(name);
    if (row !== undefined) return [row];
    if (what === "activations" || name === "") return [];
    return layers.flatMap((layer, i) => (layer.name.startsWith(`${name}.`) ? [i] : []));
  };
}
