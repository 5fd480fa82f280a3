/** The heatmap's pixels: one line per row, one pixel per place on the time axis. */
import { colourTable, TABLE_SIZE } from "../../maps/colormaps";
import type { Grid } from "./grid";
import { placeOn, type ValueScale } from "./scale";

/** Which records each pixel column shows: those from `first` to `last`; -1: none. */
export interface PixelColumns {
  readonly first: Int32Array;
  readonly last: Int32Array;
}

/** A stretch of the time axis. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A record's place on the time axis; `index` is that of its column in the grid, -1 for a gap. */
export interface Entry {
  readonly place: number;
  readonly index: number;
  /** Where a hole begins behind it, if one does. */
  readonly end?: number;
}

/**
 * Returns which records lie under each of `width` pixels over `span`.
 *
 * A record holds from its own place to that of the next entry, the last one as long as the one
 * before it; there, as before the first one, in a gap and in a hole, nothing is shown.
 */
export function pixelColumns(entries: readonly Entry[], span: Span, width: number): PixelColumns {
  const first = new Int32Array(width).fill(-1);
  const last = new Int32Array(width).fill(-1);
  const toPixel = (place: number) => ((place - span.from) / (span.to - span.from || 1)) * width;
  entries.forEach(({ place, index }, i) => {
    if (index < 0) return;
    const begin = toPixel(place);
    const end = widened(begin, toPixel(endOf(entries, i, span)), toPixel(entries[i + 1]?.place));
    const [start, stop] = pixelsOf(begin, end, width);
    for (let x = start; x < stop; x++) {
      if (first[x] < 0) first[x] = index;
      last[x] = index;
    }
  });
  return { first, last };
}

/** Records of a pixel or more share no pixel; narrower ones all have the one they begin in. */
function pixelsOf(begin: number, end: number, width: number): [number, number] {
  if (begin >= width || end <= 0) return [0, 0];
  const start = end - begin < 1 ? Math.floor(begin) : Math.round(begin);
  const first = Math.max(0, Math.min(width - 1, start));
  // Up to where a wider one begins that follows: no pixel between them is left out.
  return [first, Math.min(width, Math.max(first + 1, Math.round(end)))];
}

const LEAST = 3; // pixels of a record in front of a hole, and of a hole, if they are to be seen

/** Returns where a record ends, in pixels, that is to be seen, as is what follows it up to `next`. */
function widened(begin: number, end: number, next: number): number {
  if (!(end < next)) return end;
  return next - begin < 2 * LEAST ? next : Math.max(end, begin + LEAST);
}

/** Returns where the record `i` of `entries` gives way. */
export function endOf(entries: readonly Entry[], i: number, span: Span): number {
  if (i + 1 < entries.length) return entries[i].end ?? entries[i + 1].place;
  const before = entries[i - 1];
  const length = before ? (before.end ?? entries[i].place) - before.place : span.to - span.from;
  return entries[i].place + length;
}

/** Packed pixels for what is no number; 0 is transparent. */
export interface Palette {
  readonly colours: Uint32Array;
  readonly nonfinite: number;
  readonly blank: number;
}

/** Returns [rows, width] packed pixels; what is not defined stays transparent. */
export function cellPixels(
  grid: Grid,
  rows: readonly string[],
  { first, last }: PixelColumns,
  scale: ValueScale,
  palette: Palette,
): Uint32Array {
  const width = first.length;
  const pixels = new Uint32Array(rows.length * width);
  rows.forEach((name, y) => {
    const row = grid.places.get(name);
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (first[x] < 0) pixels[at] = palette.blank;
      else if (row === undefined) pixels[at] = 0;
      else if (x > 0 && first[x] === first[x - 1] && last[x] === last[x - 1]) {
        pixels[at] = pixels[at - 1];
      } else {
        pixels[at] = pixelOf(extreme(grid, row, first[x], last[x]), scale, palette);
      }
    }
  });
  return pixels;
}

/** Of several values under one pixel the one to see: not finite, else the largest. */
function extreme({ values, width }: Grid, row: number, first: number, last: number): number {
  let found = values[row * width + first];
  for (let t = first + 1; t <= last; t++) {
    const value = values[row * width + t];
    if (Number.isNaN(found) || Math.abs(value) > Math.abs(found)) found = value;
  }
  return found;
}

function pixelOf(value: number, scale: ValueScale, { colours, nonfinite }: Palette): number {
  if (Number.isNaN(value)) return 0;
  if (!Number.isFinite(value)) return nonfinite;
  return colours[Math.round(placeOn(scale, value) * (TABLE_SIZE - 1))];
}

/** Returns the colours of values: diverging where they have a sign. */
export function coloursFor({ signed }: ValueScale, dark: boolean): Uint32Array {
  return colourTable(colourNameFor(signed, dark));
}

export function colourNameFor(signed: boolean, dark: boolean) {
  if (!signed) return "viridis" as const;
  return dark ? ("berlin" as const) : ("vik" as const);
}
