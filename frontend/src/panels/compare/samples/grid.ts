/** Where cards of samples and the tiles in them lie; pure. */
import type { Mode } from "../settings";

export interface Grid {
  readonly columns: number;
  readonly cardWidth: number;
  /** From one row of cards to the next. */
  readonly pitch: number;
  readonly rows: number;
  /** Of one tile, in whole pixels. */
  readonly tile: number;
  readonly tileHeight: number;
  /** Tiles of a card, side by side. */
  readonly tiles: number;
}

export const GAP = 12; // pixels between cards
export const PAD = 10; // pixels inside a card's edge
export const TILE_GAP = 6;
/** Above the tiles: title and captions; below: predictions and figures. style.css has both. */
export const HEAD = 54;
export const FOOT = 52;
/** What a card would like to be. */
const WIDE = 330; // of three tiles
const NARROW = 208; // of one
const LARGEST = 280; // pixels of a tile

/** Returns the grid of `count` samples in `width` pixels; `aspect` is height / width of an input. */
export function gridOf(width: number, mode: Mode, count: number, aspect: number): Grid {
  const tiles = mode === "side" ? 3 : 1;
  const wanted = tiles === 3 ? WIDE : NARROW;
  const columns = Math.max(1, Math.floor((width + GAP) / (wanted + GAP)));
  const cardWidth = Math.max(80, Math.floor((width - GAP * (columns - 1)) / columns));
  const room = (cardWidth - 2 * PAD - TILE_GAP * (tiles - 1)) / tiles;
  const tile = Math.max(16, Math.floor(Math.min(LARGEST, room)));
  const tileHeight = Math.max(8, Math.round(tile * Math.min(3, aspect)));
  const pitch = HEAD + tileHeight + FOOT + GAP;
  return { columns, cardWidth, pitch, rows: Math.ceil(count / columns), tile, tileHeight, tiles };
}

/** Returns the upper left corner of a tile of card `index`, in pixels of the grid. */
export function tilePlace(grid: Grid, index: number, tile: number): { x: number; y: number } {
  const column = index % grid.columns;
  const row = Math.floor(index / grid.columns);
  return {
    x: column * (grid.cardWidth + GAP) + PAD + tile * (grid.tile + TILE_GAP),
    y: row * grid.pitch + HEAD,
  };
}
