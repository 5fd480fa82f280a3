/** Which layers of a table stand together in one row: alone, by module or by block. */
import type { Table, What } from "./tables";

export type RollUp = "layers" | "modules" | "blocks";

export interface Level {
  readonly rollUp: RollUp;
  /** Parts of the dotted name that tell blocks apart. */
  readonly depth: number;
}

/** The rows of a table, in its order, and the layers in each. */
export interface Groups {
  readonly names: readonly string[];
  readonly members: readonly (readonly number[])[];
  readonly byName: ReadonlyMap<string, readonly number[]>;
}

export const ROOT = "(root)";

/** Returns the row that the layer `name` belongs to. */
export function groupName(name: string, what: What, { rollUp, depth }: Level): string {
  if (rollUp === "layers") return name;
  const module = what === "activations" ? name : name.split(".").slice(0, -1).join(".");
  const folded = rollUp === "modules" ? module : module.split(".").slice(0, depth).join(".");
  return folded === "" ? ROOT : folded;
}

const known = new WeakMap<Table, Map<string, Groups>>();

/** Returns the rows of `table` at `level`; the same ones whenever it is asked again. */
export function groupsOf(table: Table, level: Level): Groups {
  const levels = known.get(table) ?? new Map<string, Groups>();
  known.set(table, levels);
  const key = level.rollUp === "blocks" ? `blocks ${level.depth}` : level.rollUp;
  const groups = levels.get(key) ?? grouped(table, level);
  levels.set(key, groups);
  return groups;
}

function grouped({ layers, what }: Table, level: Level): Groups {
  const byName = new Map<string, number[]>();
  layers.forEach(({ name }, i) => {
    const row = groupName(name, what, level);
    const members = byName.get(row);
    if (members) members.push(i);
    else byName.set(row, [i]);
  });
  return { names: [...byName.keys()], members: [...byName.values()], byName };
}

/** Returns the most parts that a module's name has. */
export function deepest(names: Iterable<string>, what: What): number {
  let deepest = 1;
  for (const name of names) {
    const parts = name.split(".").length - (what === "activations" ? 0 : 1);
    deepest = Math.max(deepest, parts);
  }
  return deepest;
}

/**
 * Returns each name of `lists` once, so that the order within each list is kept as far as
 * possible: a name that only a later list has follows the name before it there.
 */
export function mergedOrder(lists: readonly (readonly string[])[]): string[] {
  const [first = [], ...others] = lists;
  const order = [...first];
  for (const list of others) {
    if (list.length === order.length && list.every((name, i) => name === order[i])) continue;
    const known = new Set(order);
    let place = 0;
    for (const name of list) {
      if (known.has(name)) place = Math.max(place, order.indexOf(name) + 1);
      else order.splice(place++, 0, name);
    }
  }
  return order;
}
