/** From tile to tile by keys, and into view. Pure but for `reveal`. */
import { columnLeft, EDGE, type Layout, rowTop, type Spot } from "./layout";

export const MOVES: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-5, 0],
  PageDown: [5, 0],
  Home: [0, -1e6],
  End: [0, 1e6],
};

/** Rows continue from one block to the next. */
export function moved(layout: Layout, from: Spot, [down, right]: readonly [number, number]): Spot {
  let { block, row } = from;
  row += down;
  while (row < 0 && block > 0) row += layout.blocks[--block].rows;
  while (row >= layout.blocks[block].rows && block + 1 < layout.blocks.length) {
    row -= layout.blocks[block++].rows;
  }
  const hold = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));
  const column = hold(from.column + right, layout.columns);
  return { block, row: hold(row, layout.blocks[block].rows), column };
}

/** Scrolls as little as brings the tile at `spot` into view. */
export function reveal(layout: Layout, spot: Spot, scroller: HTMLElement): void {
  const block = layout.blocks[spot.block];
  if (!block) return;
  const room = 8; // pixels around the tile
  const top = rowTop(layout, block, spot.row) - room;
  const left = columnLeft(layout, spot.column) - room;
  const headroom = layout.head + layout.titleHeight;
  const { scrollLeft, scrollTop, clientWidth, clientHeight } = scroller;
  scroller.scrollTo(
    nearest(scrollLeft, left - layout.gutter - EDGE, left + layout.tile + 2 * room - clientWidth),
    nearest(scrollTop, top - headroom, top + layout.tileHeight + 2 * room - clientHeight),
  );
}

/** Whether any of the tile at `spot` is in view. */
export function isInView(layout: Layout, spot: Spot, view: Scrolled): boolean {
  const block = layout.blocks[spot.block];
  if (!block) return false;
  const top = rowTop(layout, block, spot.row) - view.scrollTop;
  const left = columnLeft(layout, spot.column) - view.scrollLeft;
  const across = left + layout.tile > EDGE + layout.gutter && left < view.clientWidth;
  return across && top + layout.tileHeight > layout.head && top < view.clientHeight;
}

type Scrolled = Pick<HTMLElement, "scrollLeft" | "scrollTop" | "clientWidth" | "clientHeight">;

/** Returns `value` held to [`low`, `high`], where `high` is the nearer end and wins. */
function nearest(value: number, high: number, low: number): number {
  return Math.max(0, Math.min(high, Math.max(low, value)));
}
