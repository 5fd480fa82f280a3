/**
 * Layered drawing of a directed graph, after Sugiyama: ranks by longest path, order by
 * barycentres, places as near to the neighbours' as their order allows; pure.
 */
import { acyclic, ranksOf } from "./ranks";
import { spread } from "./spread";

export interface Item {
  readonly width: number;
  readonly height: number;
  /** Where lines come in and go out, from the left edge. */
  readonly entry: number;
  readonly exit: number;
}

export type Link = readonly [from: number, to: number];
export type Point = readonly [x: number, y: number];

/** Items that stand alone at the top and the bottom: where lines enter and leave a module. */
export interface Ports {
  readonly first: number | null;
  readonly last: number | null;
}

export interface Layered {
  /** Upper left corner of each item. */
  readonly places: readonly Point[];
  /** Of each link, from its source to its target. */
  readonly routes: readonly (readonly Point[])[];
  readonly width: number;
  readonly height: number;
}

const BETWEEN = 22; // pixels from one item to the next in a rank
const BELOW = 30; // pixels from one rank to the next
const BESIDE_PORT = 18;
const THROUGH = 10; // pixels that a line passing through a rank takes
const SWEEPS = 8;
/** Links through more ranks than this in all run straight: keeping them apart costs too long. */
const MOST_PASSAGES = 20_000;

/** Items, and the passages of lines through ranks, from here on alike. */
interface Slot {
  readonly width: number;
  readonly height: number;
  readonly entry: number;
  readonly exit: number;
  readonly above: number[];
  readonly below: number[];
  order: number;
  x: number;
}

/** Returns where items and links stand; links may form cycles. */
export function layered(items: readonly Item[], links: readonly Link[], ports: Ports): Layered {
  const upright = acyclic(items.length, links);
  const ranks = ranksOf(items.length, upright, ports);
  const slots = items.map(newSlot);
  const { ranked, chains } = withPassages(slots, upright, ranks);
  for (let sweep = 0; sweep < SWEEPS; sweep++) sortRanks(slots, ranked, sweep % 2 === 0);
  for (let sweep = 0; sweep < SWEEPS; sweep++) placeRanks(slots, ranked, sweep % 2 === 0);
  const left = Math.min(0, ...slots.map(({ x }) => x));
  for (const slot of slots) slot.x -= left;
  const heights = ranked.map((rank) => Math.max(0, ...rank.map((i) => slots[i].height)));
  const tops = topsOf(heights, ports);
  const places = items.map((_, i): Point => [slots[i].x, tops[ranks[i]]]);
  const rankOf = new Map(ranked.flatMap((rank, r) => rank.map((i) => [i, r] as const)));
  const routes = chains.map((chain, l) => {
    const route = chain.flatMap((slot, i) =>
      pointsOf(slots[slot], tops[rankOf.get(slot) ?? 0], heights[rankOf.get(slot) ?? 0], {
        begins: i === 0,
        ends: i === chain.length - 1,
      }),
    );
    return upright[l][0] === links[l][0] ? route : route.reverse();
  });
  return {
    places,
    routes,
    width: Math.max(0, ...slots.map(({ x, width }) => x + width)),
    height: (tops.at(-1) ?? 0) + (heights.at(-1) ?? 0),
  };
}

/** Returns where each rank begins; those of ports are next to their neighbours. */
function topsOf(heights: readonly number[], { first, last }: Ports): number[] {
  let top = 0;
  return heights.map((height, rank) => {
    const begin = top;
    const port = (rank === 0 && first !== null) || (rank === heights.length - 2 && last !== null);
    top += height + (port ? BESIDE_PORT : BELOW);
    return begin;
  });
}

function newSlot({ width, height, entry, exit }: Item, order: number): Slot {
  return { width, height, entry, exit, above: [], below: [], order, x: 0 };
}

/** Adds a passage wherever a link runs through a rank; returns ranks and the slots of each link. */
function withPassages(slots: Slot[], links: readonly Link[], ranks: readonly number[]) {
  const ranked: number[][] = Array.from({ length: Math.max(0, ...ranks) + 1 }, () => []);
  ranks.forEach((rank, i) => {
    ranked[rank].push(i);
  });
  let passages = 0;
  const chains = links.map(([from, to]) => {
    const chain = [from];
    for (let rank = ranks[from] + 1; rank < ranks[to]; rank++) {
      if (++passages > MOST_PASSAGES) break;
      const middle = THROUGH / 2;
      const passage = { width: THROUGH, height: 0, entry: middle, exit: middle };
      ranked[rank].push(slots.length);
      chain.push(slots.length);
      slots.push(newSlot(passage, slots[to].order));
    }
    chain.push(to);
    chain.slice(1).forEach((slot, i) => {
      slots[chain[i]].below.push(slot);
      slots[slot].above.push(chain[i]);
    });
    return chain;
  });
  ranked.forEach((rank) => {
    rank.sort((a, b) => slots[a].order - slots[b].order);
    rank.forEach((slot, i) => {
      slots[slot].order = i;
    });
  });
  return { ranked, chains };
}

function sortRanks(slots: Slot[], ranked: number[][], down: boolean): void {
  for (const rank of down ? ranked : ranked.toReversed()) {
    const wish = (i: number) => {
      const near = down ? slots[i].above : slots[i].below;
      return near.length === 0 ? slots[i].order : mean(near.map((each) => slots[each].order));
    };
    const wishes = new Map(rank.map((i) => [i, wish(i)]));
    rank.sort((a, b) => (wishes.get(a) ?? 0) - (wishes.get(b) ?? 0));
    rank.forEach((slot, i) => {
      slots[slot].order = i;
    });
  }
}

function placeRanks(slots: Slot[], ranked: number[][], down: boolean): void {
  for (const rank of down ? ranked : ranked.toReversed()) {
    const wishes = rank.map((i) => {
      const slot = slots[i];
      const near = down ? slot.above : slot.below;
      const from = (other: Slot) => other.x + (down ? other.exit : other.entry);
      const own = down ? slot.entry : slot.exit;
      return near.length === 0 ? slot.x : mean(near.map((each) => from(slots[each]))) - own;
    });
    const widths = rank.map((i) => slots[i].width + BETWEEN);
    spread(wishes, widths).forEach((x, i) => {
      slots[rank[i]].x = x;
    });
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function pointsOf(
  { x, entry, exit, height }: Slot,
  top: number,
  rankHeight: number,
  { begins, ends }: { readonly begins: boolean; readonly ends: boolean },
): Point[] {
  if (begins) return [[x + exit, top + height]];
  if (ends) return [[x + entry, top]];
  return [
    [x + entry, top],
    [x + exit, top + rankHeight],
  ];
}
