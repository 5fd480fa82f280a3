/** Nested boxes of a model's modules and the lines between them, as far as they are unfolded; pure. */
import { type Item, type Layered, type Link, layered, type Point } from "./layered";
import { childrenOf, type GraphNode, pathOf, shortName, type Tree } from "./tree";

export interface Box {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Modules around it. */
  readonly depth: number;
  /** Whether its inside shows. */
  readonly open: boolean;
}

/** A line, or a bundle of lines, within one module. */
export interface Wire {
  readonly points: readonly Point[];
  /** How many edges it stands for. */
  readonly count: number;
  /** Ids of the boxes it joins; null: the edge of the module around. */
  readonly from: string | null;
  readonly to: string | null;
}

export interface GraphLayout {
  /** Outer boxes before inner ones. */
  readonly boxes: readonly Box[];
  readonly wires: readonly Wire[];
  readonly width: number;
  readonly height: number;
}

export const HEADER = 22; // pixels of an open module's title
const PADDING = 14;
const HEIGHT: Readonly<Record<GraphNode["kind"], number>> = {
  input: 26,
  output: 26,
  operation: 24,
  module: 40,
  untraced: 40,
};
const LETTER = 6.6; // pixels, about, of 12 px type
const WIDTHS = [64, 200] as const;

/** Returns the layout in which the modules of `open` show their inside. */
export function graphLayout(tree: Tree, open: ReadonlySet<string>): GraphLayout {
  const wiring = wiringOf(tree, open);
  const out = { boxes: [] as Box[], wires: [] as Wire[] };
  const root = measure(tree, null, open, wiring);
  place(tree, root, [0, 0], 0, out);
  return { ...out, width: root.layered.width, height: root.layered.height };
}

/** The links inside one module: among its children, and from and to its edge. */
type Wiring = Map<
  string | null,
  Map<string, { link: [string | null, string | null]; count: number }>
>;

function wiringOf(tree: Tree, open: ReadonlySet<string>): Wiring {
  const wiring: Wiring = new Map();
  const add = (inside: string | null, from: string | null, to: string | null) => {
    const links = wiring.get(inside) ?? new Map();
    wiring.set(inside, links);
    const key = JSON.stringify([from, to]);
    const known = links.get(key) ?? { link: [from, to], count: 0 };
    links.set(key, { ...known, count: known.count + 1 });
  };
  for (const [source, target] of tree.edges) {
    const from = shownPath(tree, source, open);
    const to = shownPath(tree, target, open);
    let shared = 0; // modules around both, outermost first
    while (shared < from.length && from[shared] === to[shared]) shared++;
    if (shared === from.length || shared === to.length) continue; // within one folded module
    add(from[shared - 1] ?? null, from[shared], to[shared]);
    for (let i = shared; i + 1 < from.length; i++) add(from[i], from[i + 1], null);
    for (let i = shared; i + 1 < to.length; i++) add(to[i], null, to[i + 1]);
  }
  return wiring;
}

/** Returns the shown boxes around `id`, outermost first, the one that stands for it last. */
function shownPath(tree: Tree, id: string, open: ReadonlySet<string>): string[] {
  const path = pathOf(tree, id).reverse();
  const folded = path.findIndex((each) => !open.has(each));
  return folded < 0 ? path : path.slice(0, folded + 1);
}

/** A module's inside, measured: its children in order, then the ports. */
interface Inside {
  readonly id: string | null;
  readonly children: readonly string[];
  /** Of the open ones among the children. */
  readonly insides: ReadonlyMap<string, Inside>;
  readonly links: readonly {
    readonly link: readonly [string | null, string | null];
    readonly count: number;
  }[];
  readonly layered: Layered;
  readonly first: number | null;
  readonly last: number | null;
}

function measure(tree: Tree, id: string | null, open: ReadonlySet<string>, wiring: Wiring): Inside {
  const children = childrenOf(tree, id);
  const insides = new Map(
    children
      .filter((child) => open.has(child) && childrenOf(tree, child).length > 0)
      .map((child) => [child, measure(tree, child, open, wiring)]),
  );
  const links = [...(wiring.get(id)?.values() ?? [])];
  const items = children.map((child) => itemOf(tree, child, insides.get(child)));
  const port = { width: 4, height: 0, entry: 2, exit: 2 };
  const first = links.some(({ link }) => link[0] === null) ? items.push(port) - 1 : null;
  const last = links.some(({ link }) => link[1] === null) ? items.push(port) - 1 : null;
  const index = new Map(children.map((child, i) => [child, i]));
  const joined = links.map(
    ({ link: [from, to] }): Link => [
      from === null ? (first ?? 0) : (index.get(from) ?? 0),
      to === null ? (last ?? 0) : (index.get(to) ?? 0),
    ],
  );
  return {
    id,
    children,
    insides,
    links,
    layered: layered(items, joined, { first, last }),
    first,
    last,
  };
}

function itemOf(tree: Tree, id: string, inside: Inside | undefined): Item {
  if (!inside) {
    const node = tree.nodes.get(id) as GraphNode;
    const letters = Math.max(shortName(node).length, typeOf(node).length);
    const width = Math.max(WIDTHS[0], Math.min(WIDTHS[1], Math.round(26 + LETTER * letters)));
    return { width, height: HEIGHT[node.kind], entry: width / 2, exit: width / 2 };
  }
  const { places, width: innerWidth, height } = inside.layered;
  const title = tree.nodes.get(id) as GraphNode;
  const width = Math.max(innerWidth, 40 + LETTER * titleOf(title).length) + 2 * PADDING;
  const shift = leftOf(width, innerWidth);
  const at = (port: number | null) => (port === null ? width / 2 : shift + places[port][0] + 2);
  return {
    width,
    height: height + HEADER + 2 * PADDING,
    entry: at(inside.first),
    exit: at(inside.last),
  };
}

/** Returns how far from a box's left edge its inside begins: it stands in the middle. */
function leftOf(width: number, innerWidth: number): number {
  return (width - innerWidth) / 2;
}

/** Returns the type of a node, and whether it was run and its inside could be followed. */
export function typeOf({ kind, type, calls }: GraphNode): string {
  if (kind === "untraced") return `${type} · untraced`;
  return kind === "module" && calls === 0 ? `${type} · not run` : type;
}

/** Returns the title of an open module. */
export function titleOf(node: GraphNode): string {
  return `${shortName(node)} · ${node.type}`;
}

function place(
  tree: Tree,
  inside: Inside,
  [x, y]: Point,
  depth: number,
  out: { readonly boxes: Box[]; readonly wires: Wire[] },
): void {
  const { children, insides, links } = inside;
  children.forEach((id, i) => {
    const { width, height } = itemOf(tree, id, insides.get(id));
    const [left, top] = inside.layered.places[i];
    const within = insides.get(id);
    const box = { id, x: x + left, y: y + top, width, height, depth, open: within !== undefined };
    out.boxes.push(box);
    if (!within) return;
    const shift = leftOf(width, within.layered.width);
    place(tree, within, [box.x + shift, box.y + HEADER + PADDING], depth + 1, out);
  });
  inside.layered.routes.forEach((route, l) => {
    const { link, count } = links[l];
    const points = route.map(([px, py]): Point => [x + px, y + py]);
    if (link[0] === null) points.unshift([points[0][0], y - PADDING - HEADER]);
    if (link[1] === null)
      points.push([points[points.length - 1][0], y + inside.layered.height + PADDING]);
    out.wires.push({ points, count, from: link[0], to: link[1] });
  });
}
