/** Where tiles stand, in CSS pixels of the scrolled content. Pure arithmetic, no drawing. */
import type { LayoutName } from "./settings";

/** A titled grid of tiles. */
export interface Block {
  /** Of its title, below which its rows begin. */
  readonly top: number;
  readonly rows: number;
  /** Run and method (by track) or sample that it is about; -1: not one. */
  readonly track: number;
  readonly sample: number;
}

export interface Layout {
  readonly name: LayoutName;
  readonly tile: number;
  readonly tileHeight: number;
  readonly gap: number;
  /** Width of the labels left of each group of columns. */
  readonly gutter: number;
  /** Height of the column labels, which stay in view. */
  readonly head: number;
  readonly titleHeight: number;
  readonly columns: number;
  /** Columns between two gutters. */
  readonly group: number;
  readonly blocks: readonly Block[];
  readonly width: number;
  readonly height: number;
}

export interface Contents {
  readonly name: LayoutName;
  readonly tracks: number;
  readonly samples: number;
  readonly moments: number;
  readonly tile: number;
  /** Height of an input over its width. */
  readonly aspect: number;
  readonly viewWidth: number;
}

export interface Spot {
  readonly block: number;
  readonly row: number;
  readonly column: number;
}

const BLOCK_GAP = 12;
export const EDGE = 12; // around everything

export function layoutOf(contents: Contents): Layout {
  const { name, tracks, samples, moments, tile } = contents;
  const gap = tile < 16 ? 1 : tile < 40 ? 2 : 4;
  const gutter = name === "samples" ? 132 : 112;
  const group = name === "moment" ? Math.max(1, tracks) : Math.max(1, moments);
  const groups = name === "moment" ? groupsIn(contents.viewWidth, group, tile + gap, gutter) : 1;
  const frame = {
    name,
    tile,
    tileHeight: Math.max(4, Math.round(tile * contents.aspect)),
    gap,
    gutter,
    head: name === "moment" ? 44 : 26,
    titleHeight: name === "moment" ? 0 : name === "runs" ? 34 : 28,
    columns: group * groups,
    group,
  };
  const blocks = stacked(blocksOf(name, tracks, samples, groups), frame);
  const last = blocks.at(-1);
  return {
    ...frame,
    blocks,
    width: 2 * EDGE + groups * gutter + frame.columns * (tile + gap),
    height: last ? blockBottom(frame, last) + BLOCK_GAP : frame.head,
  };
}

type Frame = Pick<Layout, "tileHeight" | "gap" | "head" | "titleHeight">;

function groupsIn(viewWidth: number, group: number, pitch: number, gutter: number): number {
  return Math.max(1, Math.floor((viewWidth - 2 * EDGE) / (gutter + group * pitch)));
}

function blocksOf(
  name: LayoutName,
  tracks: number,
  samples: number,
  groups: number,
): Omit<Block, "top">[] {
  if (samples === 0 || tracks === 0) return [];
  if (name === "moment") return [{ rows: Math.ceil(samples / groups), track: -1, sample: -1 }];
  const count = name === "runs" ? tracks : samples;
  return Array.from({ length: count }, (_, i) =>
    name === "runs"
      ? { rows: samples, track: i, sample: -1 }
      : { rows: tracks, track: -1, sample: i },
  );
}

function stacked(blocks: readonly Omit<Block, "top">[], frame: Frame): Block[] {
  let top = frame.head + 4;
  return blocks.map((block) => {
    const placed = { ...block, top };
    top = blockBottom(frame, placed) + BLOCK_GAP;
    return placed;
  });
}

/** Returns where the block's last row ends, with a little room below. */
export function blockBottom(layout: Frame, block: Block): number {
  return rowTop(layout, block, block.rows) + 6;
}

export function rowTop(layout: Frame, block: Block, row: number): number {
  return block.top + layout.titleHeight + 4 + row * (layout.tileHeight + layout.gap);
}

export function columnLeft(layout: Layout, column: number): number {
  const groups = Math.floor(column / layout.group) + 1;
  return EDGE + groups * layout.gutter + column * (layout.tile + layout.gap);
}

/** Returns the first and one past the last of the blocks, rows or columns that [from, to) meets. */
export function visibleRows(
  layout: Layout,
  block: Block,
  from: number,
  to: number,
): [number, number] {
  const pitch = layout.tileHeight + layout.gap;
  const first = Math.floor((from - rowTop(layout, block, 0)) / pitch);
  const end = Math.ceil((to - rowTop(layout, block, 0)) / pitch);
  return [Math.max(0, first), Math.min(block.rows, end)];
}

export function visibleColumns(layout: Layout, from: number, to: number): [number, number] {
  let first = 0;
  while (first < layout.columns && columnLeft(layout, first) + layout.tile <= from) first++;
  let end = first;
  while (end < layout.columns && columnLeft(layout, end) < to) end++;
  return [first, end];
}

/** Returns the tile under (x, y), or null between tiles. */
export function spotAt(layout: Layout, x: number, y: number): Spot | null {
  const block = layout.blocks.findIndex(
    (each) => y >= rowTop(layout, each, 0) && y < blockBottom(layout, each),
  );
  if (block < 0) return null;
  const [row, endRow] = visibleRows(layout, layout.blocks[block], y, y + 1);
  const [column, endColumn] = visibleColumns(layout, x, x + 1);
  if (row >= endRow || column >= endColumn) return null;
  const inside = y < rowTop(layout, layout.blocks[block], row) + layout.tileHeight;
  return inside ? { block, row, column } : null;
}

/** What a spot shows: a track and a sample, by index, and the column of a film strip. */
export interface Subject {
  readonly track: number;
  readonly sample: number;
  /** -1: the scrubbed moment. */
  readonly column: number;
}

export function subjectAt(layout: Layout, { block, row, column }: Spot): Subject {
  const { track, sample } = layout.blocks[block];
  if (layout.name === "runs") return { track, sample: row, column };
  if (layout.name === "samples") return { track: row, sample, column };
  const groups = layout.columns / layout.group;
  const group = Math.floor(column / layout.group);
  return { track: column % layout.group, sample: row * groups + group, column: -1 };
}

/** Returns where `subject` is drawn. */
export function spotOf(layout: Layout, { track, sample, column }: Subject): Spot {
  if (layout.name === "runs") return { block: track, row: sample, column };
  if (layout.name === "samples") return { block: sample, row: track, column };
  const groups = layout.columns / layout.group;
  const group = sample % groups;
  return { block: 0, row: Math.floor(sample / groups), column: group * layout.group + track };
}
