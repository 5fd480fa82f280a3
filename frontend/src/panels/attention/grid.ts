/** Where the thumbnails of the heads stand: a row per layer, a column per head; pure. */

export interface GridLayout {
  readonly rows: number;
  readonly columns: number;
  readonly tile: number;
  readonly tileHeight: number;
  /** Room for the names of the layers, and of the heads. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export const GAP = 3; // pixels between thumbnails
const TOP = 18;
const SMALLEST = 10; // pixels
const LARGEST = 92;

export interface Cell {
  readonly layer: number;
  readonly head: number;
}

/** Returns the layout of `heads` of each layer within `width`; `aspect`: height by width. */
export function gridLayout(
  heads: readonly number[],
  width: number,
  left: number,
  aspect: number,
): GridLayout {
  const columns = Math.max(1, ...heads);
  const fits = Math.floor((width - left) / columns) - GAP;
  const tile = Math.max(SMALLEST, Math.min(LARGEST, fits));
  const tileHeight = Math.max(1, Math.round(tile * aspect));
  return {
    rows: heads.length,
    columns,
    tile,
    tileHeight,
    left,
    top: TOP,
    width: left + columns * (tile + GAP),
    height: TOP + heads.length * (tileHeight + GAP),
  };
}

/** Returns the upper left corner of a thumbnail. */
export function cornerOf(layout: GridLayout, { layer, head }: Cell): readonly [number, number] {
  return [layout.left + head * (layout.tile + GAP), layout.top + layer * (layout.tileHeight + GAP)];
}

/** Returns the thumbnail at (x, y), gaps counted to the one before; null outside. */
export function cellAt(layout: GridLayout, x: number, y: number): Cell | null {
  const head = Math.floor((x - layout.left) / (layout.tile + GAP));
  const layer = Math.floor((y - layout.top) / (layout.tileHeight + GAP));
  const inside = head >= 0 && head < layout.columns && layer >= 0 && layer < layout.rows;
  return inside ? { layer, head } : null;
}
