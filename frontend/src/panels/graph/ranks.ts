/** Which rank each item of a layered drawing stands in; pure. */
import type { Link, Ports } from "./layered";

/** Returns the links with those reversed that would close a cycle. */
export function acyclic(count: number, links: readonly Link[]): Link[] {
  const targets: number[][] = Array.from({ length: count }, () => []);
  for (const [from, to] of links) targets[from].push(to);
  const state = new Uint8Array(count); // 1: on the way to the item in hand, 2: done
  const backward = new Set<string>();
  for (let root = 0; root < count; root++) {
    const path: { item: number; next: number }[] =
      state[root] === 0 ? [{ item: root, next: 0 }] : [];
    while (path.length > 0) {
      const at = path[path.length - 1];
      state[at.item] = 1;
      const target = targets[at.item][at.next++];
      if (target === undefined) {
        state[at.item] = 2;
        path.pop();
      } else if (state[target] === 1) backward.add(`${at.item}>${target}`);
      else if (state[target] === 0) path.push({ item: target, next: 0 });
    }
  }
  return links.map(([from, to]) => (backward.has(`${from}>${to}`) ? [to, from] : [from, to]));
}

/** Returns the rank of each item: one more than the deepest of those that lead to it. */
export function ranksOf(count: number, links: readonly Link[], ports: Ports): number[] {
  const ranks = new Array<number>(count).fill(ports.first === null ? 0 : 1);
  if (ports.first !== null) ranks[ports.first] = 0;
  const order = topological(count, links);
  const targets: number[][] = Array.from({ length: count }, () => []);
  const sources = new Uint32Array(count);
  for (const [from, to] of links) {
    targets[from].push(to);
    sources[to]++;
  }
  for (const item of order) {
    for (const target of targets[item]) ranks[target] = Math.max(ranks[target], ranks[item] + 1);
  }
  // What nothing leads to, such as a constant, stands right above what it leads to.
  for (const item of order) {
    if (sources[item] > 0 || targets[item].length === 0 || item === ports.first) continue;
    ranks[item] = Math.max(ranks[item], Math.min(...targets[item].map((each) => ranks[each])) - 1);
  }
  if (ports.last !== null) {
    const others = ranks.filter((_, item) => item !== ports.last);
    ranks[ports.last] = Math.max(0, ...others) + 1;
  }
  return ranks;
}

/** Returns the items so that links lead forwards; `links` have no cycles. */
function topological(count: number, links: readonly Link[]): number[] {
  const targets: number[][] = Array.from({ length: count }, () => []);
  const waiting = new Uint32Array(count);
  for (const [from, to] of links) {
    targets[from].push(to);
    waiting[to]++;
  }
  const order = [...waiting.keys()].filter((item) => waiting[item] === 0);
  for (let i = 0; i < order.length; i++) {
    for (const target of targets[order[i]]) if (--waiting[target] === 0) order.push(target);
  }
  return order;
}
