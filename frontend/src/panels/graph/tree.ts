/** The modules of a model as a tree, and which of them are unfolded; pure. */
import type { TrainingRecord } from "../../types";

export type NodeKind = "input" | "module" | "operation" | "untraced" | "output";

/** A node as recorded; null costs are not known. */
export interface GraphNode {
  readonly id: string;
  readonly name: string;
  readonly kind: NodeKind;
  readonly type: string;
  readonly parent: string | null;
  readonly shape: readonly number[] | null;
  readonly parameters: number | null;
  readonly macs: number | null;
  readonly activation_bytes: number | null;
  readonly calls: number | null;
}

export interface Tree {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** Ids of the nodes in each module, as recorded; those of null are outermost. */
  readonly children: ReadonlyMap<string | null, readonly string[]>;
  readonly edges: readonly (readonly [string, string])[];
}

const NONE: readonly string[] = [];

const trees = new WeakMap<TrainingRecord, Tree>();

/** Returns the tree of a checked graph record. */
export function treeOf(record: TrainingRecord): Tree {
  const known = trees.get(record) ?? newTree(record);
  trees.set(record, known);
  return known;
}

function newTree({ fields }: TrainingRecord): Tree {
  const nodes = fields.nodes as readonly GraphNode[];
  const children = new Map<string | null, string[]>();
  for (const { id, parent } of nodes) {
    const inside = children.get(parent) ?? [];
    children.set(parent, inside);
    inside.push(id);
  }
  const edges = fields.edges as Tree["edges"];
  return { nodes: new Map(nodes.map((node) => [node.id, node])), children, edges };
}

export function childrenOf(tree: Tree, id: string | null): readonly string[] {
  return tree.children.get(id) ?? NONE;
}

/** Returns the ids of `id` and of all modules around it, innermost first. */
export function pathOf(tree: Tree, id: string): string[] {
  const path: string[] = [];
  for (let at: string | null = id; at !== null; at = tree.nodes.get(at)?.parent ?? null) {
    path.push(at);
  }
  return path;
}

/**
 * Returns modules to unfold, level by level, so that at most `most` boxes show.
 *
 * Modules of one type at one level are alike: all of them unfold, or none.
 * A module alone at the outside always unfolds: it is the model.
 */
export function defaultOpen(tree: Tree, most: number): Set<string> {
  const open = new Set<string>();
  const outermost = childrenOf(tree, null);
  let shown = outermost.length;
  let level = outermost.filter((id) => childrenOf(tree, id).length > 0);
  if (level.length === 1 && outermost.length <= 3) {
    open.add(level[0]);
    shown += childrenOf(tree, level[0]).length - 1;
    level = insideOf(tree, level);
  }
  while (level.length > 0) {
    // The smallest first: more of the structure shows for as many boxes.
    for (const { ids, added } of alikeIn(tree, level).sort((a, b) => a.added - b.added)) {
      if (shown + added > most) continue;
      for (const id of ids) open.add(id);
      shown += added;
    }
    level = insideOf(
      tree,
      level.filter((id) => open.has(id)),
    );
  }
  return open;
}

/** Returns the modules `ids` by type, with how many boxes more show when those unfold. */
function alikeIn(tree: Tree, ids: readonly string[]) {
  const groups = new Map<string, { ids: string[]; added: number }>();
  for (const id of ids) {
    const type = tree.nodes.get(id)?.type ?? "";
    const group = groups.get(type) ?? { ids: [], added: 0 };
    groups.set(type, group);
    group.ids.push(id);
    group.added += childrenOf(tree, id).length - 1;
  }
  return [...groups.values()];
}

function insideOf(tree: Tree, ids: readonly string[]): string[] {
  return ids
    .flatMap((id) => [...childrenOf(tree, id)])
    .filter((id) => childrenOf(tree, id).length > 0);
}

/** Returns the last part of a dotted name; of inputs and outputs the whole name. */
export function shortName({ name, kind }: GraphNode): string {
  if (kind === "input" || kind === "output") return name;
  return name.slice(name.lastIndexOf(".") + 1) || name;
}

/** Returns the nodes whose name or type contains `words`, whatever the case. */
export function matching(tree: Tree, words: string): string[] {
  const wanted = words.trim().toLowerCase();
  if (wanted === "") return [];
  const holds = ({ name, type }: GraphNode) => `${name} ${type}`.toLowerCase().includes(wanted);
  return [...tree.nodes.values()].filter(holds).map(({ id }) => id);
}
