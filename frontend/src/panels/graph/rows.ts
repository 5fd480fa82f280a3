/** The table of a model's parts, costliest first; pure. */
import type { Measure } from "./measures";
import { childrenOf, type GraphNode, type Tree } from "./tree";

export interface Row {
  readonly node: GraphNode;
  readonly value: number;
  /** Of the whole model's value; NaN where that is not known. */
  readonly share: number;
}

/** Returns the nodes without insides by falling value of `measure`, what has none last. */
export function costRows(tree: Tree, measure: Measure): Row[] {
  const parts = [...tree.nodes.values()].filter(({ id }) => childrenOf(tree, id).length === 0);
  const values = parts.map((node) => measure.valueOf(node));
  const total = values.reduce((sum, value) => sum + (Number.isFinite(value) ? value : 0), 0);
  const rows = parts.map((node, i) => ({
    node,
    value: values[i],
    share: measure.additive && total > 0 ? values[i] / total : Number.NaN,
  }));
  return rows.sort((a, b) => rank(b.value) - rank(a.value));
}

function rank(value: number): number {
  return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
}

/** What the model costs in all. */
export interface Totals {
  readonly parameters: number;
  readonly macs: number;
  readonly memory: number;
  readonly nodes: number;
  readonly untraced: number;
}

/** Returns the costs of the outermost nodes, which hold those inside. */
export function totalsOf(tree: Tree): Totals {
  const outermost = childrenOf(tree, null).map((id) => tree.nodes.get(id) as GraphNode);
  const sum = (of: (node: GraphNode) => number | null) =>
    outermost.reduce((total, node) => total + (of(node) ?? 0), 0);
  return {
    parameters: sum(({ parameters }) => parameters),
    macs: sum(({ macs }) => macs),
    memory: sum((node) => node.activation_bytes),
    nodes: tree.nodes.size,
    untraced: [...tree.nodes.values()].filter(({ kind }) => kind === "untraced").length,
  };
}
