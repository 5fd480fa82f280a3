/** Every node of the graph as a table. */
import { type Cell, csvDownload } from "../../csv";
import type { Download, PanelContext } from "../../types";
import { COSTS } from "./measures";
import { modelOf } from "./model";

const HEADER = [
  "id",
  "name",
  "kind",
  "type",
  "inside",
  "output_shape",
  "parameters",
  "macs_per_sample",
  "activation_bytes_per_sample",
  "calls",
];

/** Returns one row per node, with every statistic at the scrubber. */
export function csv(context: PanelContext): Download | null {
  const model = modelOf(context);
  const tree = model.tree.value;
  if (!tree) return null;
  const statistics = model.measures.value.slice(COSTS.length);
  const rows = [...tree.nodes.values()].map((node): Cell[] => [
    node.id,
    node.name,
    node.kind,
    node.type,
    node.parent,
    node.shape?.join(" ") ?? null,
    node.parameters,
    node.macs,
    node.activation_bytes,
    node.calls,
    ...statistics.map((measure) => measure.valueOf(node)),
  ]);
  return csvDownload("graph.csv", [...HEADER, ...statistics.map(({ name }) => name)], rows);
}
