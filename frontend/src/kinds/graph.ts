/** The structure of a model: its modules and operations, and what flows between them. */
import type { TrainingRecord } from "../types";
import { firstFault, isGap, isText } from "./shared";

const KINDS = new Set(["input", "module", "operation", "untraced", "output"]);
const COSTS = ["parameters", "macs", "activation_bytes", "calls"] as const;

export function checkGraph(record: TrainingRecord): string | null {
  if (isGap(record)) return null;
  const { nodes, edges } = record.fields;
  if (!Array.isArray(nodes) || !Array.isArray(edges)) return "it lists no nodes and edges";
  return (
    firstFault(nodes, checkNode) ?? checkTree(nodes as readonly Node[]) ?? checkEdges(nodes, edges)
  );
}

interface Node {
  readonly id: string;
  readonly parent: string | null;
}

function checkNode(node: unknown): string | null {
  const entry = (node ?? {}) as Record<string, unknown>;
  if (![entry.id, entry.name, entry.type].every(isText)) return "one of its nodes has no name";
  const name = JSON.stringify(entry.name);
  if (!KINDS.has(entry.kind as string)) return `its node ${name} is of no known kind`;
  if (entry.parent !== null && !isText(entry.parent)) return `its node ${name} has no parent`;
  if (entry.shape !== null && !isNumbers(entry.shape)) return `its node ${name} has no shape`;
  // null: not known, as of what could not be traced
  const costed = isNumbers(COSTS.map((cost) => entry[cost] ?? 0));
  return costed ? null : `its node ${name} does not state its costs in numbers`;
}

/** Every node lies in a module that is listed before or after it, and in none twice. */
function checkTree(nodes: readonly Node[]): string | null {
  const parents = new Map(nodes.map(({ id, parent }) => [id, parent]));
  if (parents.size < nodes.length) return "two of its nodes have one id";
  const rooted = new Set<string | null>([null]);
  return firstFault(nodes, ({ id }) => {
    const path: string[] = [];
    let at: string | null = id;
    while (!rooted.has(at)) {
      path.push(at as string);
      at = parents.get(at as string) as string | null;
      if (at === undefined || path.length > nodes.length) {
        return `its node ${JSON.stringify(id)} lies in no module`;
      }
    }
    for (const each of path) rooted.add(each);
    return null;
  });
}

function checkEdges(nodes: readonly Node[], edges: readonly unknown[]): string | null {
  const ids = new Set<unknown>(nodes.map(({ id }) => id));
  return firstFault(edges, (edge) => {
    const joins = Array.isArray(edge) && edge.length === 2 && edge.every((end) => ids.has(end));
    return joins ? null : "one of its edges joins no two nodes";
  });
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((entry) => Number.isFinite(entry));
}
