/** The heatmap's cells as a picture: drawn when they change, not when the scrubber moves. */
import { cellPixels, coloursFor, type Entry, pixelColumns, type Span } from "./cells";
import type { Grid } from "./grid";
import { NONFINITE } from "./heat";
import type { ValueScale } from "./scale";

interface Cells {
  readonly grid: Grid;
  readonly rows: readonly string[];
  readonly entries: readonly Entry[];
  readonly span: Span;
  readonly scale: ValueScale;
  readonly dark: boolean;
}

/** As --ground of the theme. */
const BLANK = { light: 0xffebe7e4, dark: 0xff36312e };

/** Returns a picture of `width` pixels, and one line for each row. */
export function cellImage(cells: Cells, width: number): HTMLCanvasElement {
  const { grid, rows, entries, span, scale, dark } = cells;
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, width);
  canvas.height = Math.max(1, rows.length);
  const palette = {
    colours: coloursFor(scale, dark),
    nonfinite: NONFINITE,
    blank: dark ? BLANK.dark : BLANK.light,
  };
  const columns = pixelColumns(entries, span, canvas.width);
  const pixels = cellPixels(grid, rows, columns, scale, palette);
  const to = canvas.getContext("2d");
  if (!to) throw new Error("The browser gave no canvas to draw on.");
  const image = to.createImageData(canvas.width, canvas.height);
  new Uint32Array(image.data.buffer).set(pixels);
  to.putImageData(image, 0, 0);
  return canvas;
}
