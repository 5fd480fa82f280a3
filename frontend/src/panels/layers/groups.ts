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
}

export const ROOT = "(root)";

/** Returns the row that the layer `name` belongs to. */
export function groupName(name: string, what: What, { rollUp, depth }: Level): string {
  if (rollUp === "layers") return name;
  const module = what === "activations" ? name : name.split(".").slice(0, -1).join(".");
  const folded = rollUp === "modules" ? module : module.split(".").slice(0, depth).join(".");
  return folded === "" ? ROOT : folded;
}

export function groupsOf({ layers, what }: Table, level: Level): Groups {
  const members = new Map<string, number[]>();
  layers.forEach(({ name }, i) => {
    const row = groupName(name, what, level);
    const known = members.get(row);
    if (known) known.push(i);
    else members.set(row, [i]);
  });
  return { names: [...members.keys()], members: [...members.values()] };
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
