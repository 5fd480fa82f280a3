/** A small model: two blocks with a way around the second one's insides. */

import { type GraphNode, type NodeKind, type Tree, treeOf } from "../../src/panels/graph/tree";
import type { TrainingRecord } from "../../src/types";

export function node(
  id: string,
  kind: NodeKind,
  parent: string | null,
  parameters: number | null = 0,
): GraphNode {
  const costs = { parameters, macs: 10, activation_bytes: 4, calls: 1 };
  return { id, name: id, kind, type: kind, parent, shape: [8, 2], ...costs };
}

export const NODES = [
  node("in", "input", null),
  node("a", "module", null, 30),
  node("a.x", "module", "a", 10),
  node("a.y", "module", "a", 20),
  node("b", "module", null, 5),
  node("b.x", "module", "b", 5),
  node("b.add", "operation", "b"),
  node("out", "output", null),
];

export const EDGES = [
  ["in", "a.x"],
  ["a.x", "a.y"],
  ["a.y", "b.x"],
  ["b.x", "b.add"],
  ["a.y", "b.add"],
  ["b.add", "out"],
];

export function graphRecord(nodes: unknown = NODES, edges: unknown = EDGES): TrainingRecord {
  const fields = { nodes, edges, gap: null };
  const common = { monitor: "graph", step: 0, epoch: -1, written: 1, wallTime: 0 };
  return { kind: "graph", ...common, fields, arrays: {} };
}

export const TREE: Tree = treeOf(graphRecord());
