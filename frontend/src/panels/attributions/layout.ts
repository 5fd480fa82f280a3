/** Where tiles stand, in CSS pixels of the scrolled content. Pure arithmetic, no drawing. */
import type { LayoutName } from "./settings";

/** Titled grids of tiles beside one another, one per group of columns. */
export interface Block {
  /** Of its titles, below which its rows begin. */
  readonly top: number;
  readonly rows: number;
  /** Run and method (by track) or sample that its first group is about; -1: not one. */
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
  /** Groups beside one another, as many as the view is wide enough for. */
  readonly groups: number;
  /** For each sample: its tracks, row by row in the layout "samples". */
  readonly rowsOf: Rows;
  readonly tracks: number;
  readonly blocks: readonly Block[];
  readonly width: number;
  readonly height: number;
}

/** For each sample, by index: the tracks that have it. */
export type Rows = readonly (readonly number[])[];

export interface Contents {
  readonly name: LayoutName;
  readonly tracks: number;
  readonly rowsOf: Rows;
  readonly moments: number;
  /** Width in pixels; null: what fits the view. */
  readonly tile: number | null;
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
const GROUP_GAP = 20;
export const EDGE = 12; // around everything

/**
 * Between these, tiles fit the view by themselves; outside, the view scrolls or stays empty.
 * The smaller one still holds a row's label of two lines.
 */
const FITTED = [34, 96] as const; // pixels
/** Where there is room for more groups, tiles are made at most this small for them. */
const GROUPED_FROM = 64; // pixels

export function layoutOf(contents: Contents): Layout {
  const { name, tracks, moments, rowsOf } = contents;
  const gutter = name === "samples" ? 132 : 112;
  const group = Math.max(1, name === "moment" ? tracks : moments);
  const room = contents.viewWidth - 2 * EDGE + GROUP_GAP;
  const tile = contents.tile ?? fittedTile(room, group, gutter);
  const gap = gapOf(tile);
  const among = name === "runs" ? tracks : rowsOf.length;
  const fitting = Math.floor(room / (gutter + group * (tile + gap) + GROUP_GAP));
  const groups = Math.max(1, Math.min(fitting, among));
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
    groups,
    rowsOf,
    tracks,
  };
  const blocks = stacked(blocksOf(contents, groups), frame);
  const last = blocks.at(-1);
  return {
    ...frame,
    blocks,
    width: 2 * EDGE + groups * (gutter + group * (tile + gap) + GROUP_GAP) - GROUP_GAP,
    height: last ? blockBottom(frame, last) + BLOCK_GAP : frame.head,
  };
}

function gapOf(tile: number): number {
  return tile < 16 ? 1 : tile < 40 ? 2 : 4;
}

/** Returns the width of tiles that fill `room` with as many groups as can stand in it. */
function fittedTile(room: number, group: number, gutter: number): number {
  const gap = gapOf(GROUPED_FROM);
  const around = gutter + GROUP_GAP;
  const groups = Math.max(1, Math.floor(room / (around + group * (GROUPED_FROM + gap))));
  const pitch = Math.floor((room / groups - around) / group);
  const tile = pitch - gapOf(pitch - gap);
  return Math.max(FITTED[0], Math.min(FITTED[1], tile));
}

type Frame = Pick<Layout, "tileHeight" | "gap" | "head" | "titleHeight">;

function blocksOf({ name, tracks, rowsOf }: Contents, groups: number): Omit<Block, "top">[] {
  const samples = rowsOf.length;
  if (samples === 0 || tracks === 0) return [];
  if (name === "moment") return [{ rows: Math.ceil(samples / groups), track: -1, sample: -1 }];
  const firsts = Array.from(
    { length: Math.ceil((name === "runs" ? tracks : samples) / groups) },
    (_, block) => block * groups,
  );
  if (name === "runs") return firsts.map((track) => ({ rows: samples, track, sample: -1 }));
  return firsts.map((sample) => {
    const rows = rowsOf.slice(sample, sample + groups).map((own) => own.length);
    return { rows: Math.max(...rows), track: -1, sample };
  });
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
  const group = Math.floor(column / layout.group);
  const gutters = (group + 1) * layout.gutter + group * GROUP_GAP;
  return EDGE + gutters + column * (layout.tile + layout.gap);
}

/** Returns where the gutter of a group begins. */
export function groupLeft(layout: Layout, group: number): number {
  return columnLeft(layout, group * layout.group) - layout.gutter;
}

export function groupWidth({ gutter, group, tile, gap }: Layout): number {
  return gutter + group * (tile + gap) - gap;
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

/** Returns how many rows of `block` the group of columns takes. */
export function rowsIn(layout: Layout, block: Block, group: number): number {
  if (layout.name === "samples") return layout.rowsOf[block.sample + group]?.length ?? 0;
  return layout.name === "moment" || block.track + group < layout.tracks ? block.rows : 0;
}

/** What a spot shows: a track and a sample, by index, and the column of a film strip. */
export interface Subject {
  readonly track: number;
  readonly sample: number;
  /** -1: the scrubbed moment. */
  readonly column: number;
}

/** Returns what `spot` shows; null where a row or the last groups end early. */
export function subjectAt(layout: Layout, { block, row, column }: Spot): Subject | null {
  const { name, rowsOf, groups } = layout;
  const group = Math.floor(column / layout.group);
  const within = column % layout.group;
  const { track, sample } = layout.blocks[block];
  const subject =
    name === "runs"
      ? { track: track + group, sample: row, column: within }
      : name === "samples"
        ? { track: rowsOf[sample + group]?.[row] ?? -1, sample: sample + group, column: within }
        : { track: within, sample: row * groups + group, column: -1 };
  const taken = subject.track >= 0 && subject.track < layout.tracks;
  return taken && subject.sample < rowsOf.length ? subject : null;
}

/** Returns where `subject` is drawn; null where its run lacks its sample. */
export function spotOf(layout: Layout, { track, sample, column }: Subject): Spot | null {
  const { name, groups, group } = layout;
  const nth = name === "runs" ? track : sample;
  const start = (nth % groups) * group;
  const block = Math.floor(nth / groups);
  if (name === "moment") return { block: 0, row: block, column: start + track };
  if (name === "runs") return { block, row: sample, column: start + column };
  const row = layout.rowsOf[sample]?.indexOf(track) ?? -1;
  return row < 0 ? null : { block, row, column: start + column };
}
