/** Where the cells and labels of the large map stand; pure. */

export interface MapLayout {
  readonly left: number;
  readonly top: number;
  /** Of a cell, in pixels; below 1 several share a pixel. */
  readonly cell: number;
  readonly width: number;
  readonly height: number;
  /** Every how many tokens one is labelled. */
  readonly every: number;
}

const LARGEST_CELL = 30;
const LABEL_HEIGHT = 12; // pixels that a line of text needs

/** Returns the layout of `queries` x `keys` cells within `width`, `label` pixels of labels wide. */
export function mapLayout(queries: number, keys: number, width: number, label: number): MapLayout {
  const room = Math.max(1, width - label - 1);
  const cell = Math.min(LARGEST_CELL, room / Math.max(1, keys));
  return {
    left: label,
    top: label,
    cell,
    width: label + Math.ceil(cell * keys) + 1,
    height: label + Math.ceil(cell * queries) + 1,
    every: Math.max(1, Math.ceil(LABEL_HEIGHT / cell)),
  };
}

/** Returns the query and key at (x, y); over labels the other is null. */
export function placeAt(
  { left, top, cell }: MapLayout,
  [queries, keys]: readonly [number, number],
  x: number,
  y: number,
): { query: number | null; key: number | null } {
  const key = Math.floor((x - left) / cell);
  const query = Math.floor((y - top) / cell);
  return {
    query: query >= 0 && query < queries ? query : null,
    key: key >= 0 && key < keys ? key : null,
  };
}
