/** Where things are on a heatmap of units by levels, and how it is painted. */
import { colourAt } from "../../maps/colormaps";
import { colourNameFor } from "../layers/cells";
import { type Context, hatch, type Theme } from "../layers/draw";
import { NONFINITE_CSS } from "../layers/heat";
import { placeOn, type ValueScale } from "../layers/scale";
import { paintAround } from "./around";
import { isIndistinct, type Measure, type Reading } from "./readings";
import { worsening } from "./scale";

const TOP = 18; // pixels of the costs' titles
const BOTTOM = 20; // pixels of the levels' names
export const LABEL = 11; // pixels of a name's height
const LETTER = 6; // and of the width of its letters, roughly
const USUAL = 420; // pixels that rows share as long as each stays readable
export const COST = 84; // pixels of a column of costs
const ROOM = 400; // pixels that the rest needs beside both

export interface HeatLayout {
  readonly left: number;
  readonly top: number;
  readonly cellWidth: number;
  readonly rowHeight: number;
  /** Where each column of costs begins. */
  readonly costs: readonly number[];
  readonly height: number;
  readonly right: number;
}

export function heatLayout(width: number, names: readonly string[], levels: number): HeatLayout {
  const rowHeight = Math.max(4, Math.min(19, Math.floor(USUAL / Math.max(1, names.length))));
  const longest = names.reduce((most, { length }) => Math.max(most, length), 0);
  const left = Math.round(Math.min(190, 0.3 * width, 16 + LETTER * longest));
  const columns = width > ROOM + COST ? 2 : 1;
  const right = Math.max(left + levels, width - columns * COST);
  return {
    left,
    top: TOP,
    cellWidth: (right - left) / Math.max(1, levels),
    rowHeight,
    costs: Array.from({ length: columns }, (_, i) => right + 10 + i * COST),
    height: TOP + names.length * rowHeight + BOTTOM,
    right,
  };
}

/** A heatmap ready to be painted. */
export interface HeatScene {
  readonly layout: HeatLayout;
  readonly reading: Reading;
  readonly measure: Measure;
  readonly scale: ValueScale;
  readonly rows: readonly string[];
  /** As the rows are called beside the cells. */
  readonly names: readonly string[];
  readonly selected: string | null;
  readonly level: number;
  readonly dark: boolean;
  readonly theme: Theme;
}

export interface Cell {
  readonly row: number;
  /** -1 beside the cells: on a name or a cost. */
  readonly level: number;
}

/** Returns what lies at a spot; null outside of all rows. */
export function cellAt(
  layout: HeatLayout,
  rows: number,
  levels: number,
  x: number,
  y: number,
): Cell | null {
  const row = Math.floor((y - layout.top) / layout.rowHeight);
  if (row < 0 || row >= rows) return null;
  const level = Math.floor((x - layout.left) / layout.cellWidth);
  return { row, level: level >= 0 && level < levels ? level : -1 };
}

/** How a cell is drawn: what was measured is full, estimates are round, doubtful ones hollow. */
export type CellStyle = "missing" | "not finite" | "full" | "hollow" | "disc" | "ring";

export function cellStyle(reading: Reading, measure: Measure, index: number): CellStyle {
  const value = reading.values[measure]?.[index] ?? Number.NaN;
  if (Number.isNaN(value)) return "missing";
  if (!Number.isFinite(value)) return "not finite";
  const doubtful = isIndistinct(value, reading.errors[measure]?.[index]);
  if (reading.estimate !== null) return doubtful ? "ring" : "disc";
  return doubtful ? "hollow" : "full";
}

export function paintHeat(to: Context, scene: HeatScene): void {
  const { layout, rows, reading, theme } = scene;
  const { left, top, right, rowHeight } = layout;
  // What is missing stays as it is below all cells.
  to.fillStyle = theme.ground;
  to.fillRect(left, top, right - left, rows.length * rowHeight);
  hatch(to, theme.track, left, top, right - left, rows.length * rowHeight);
  rows.forEach((name, row) => {
    const place = reading.places.get(name);
    for (let level = 0; level < reading.levelNames.length; level++) {
      const index = place === undefined ? -1 : place * reading.levelNames.length + level;
      paintCell(to, scene, row, level, index);
    }
  });
  paintAround(to, scene);
}

function paintCell(to: Context, scene: HeatScene, row: number, level: number, index: number) {
  const { layout, reading, measure, scale, dark, theme } = scene;
  const style = index < 0 ? "missing" : cellStyle(reading, measure, index);
  if (style === "missing") return;
  const gap = layout.rowHeight > 8 ? 1 : 0;
  const [w, h] = [layout.cellWidth, layout.rowHeight];
  const [x, y] = [layout.left + level * w, layout.top + row * h];
  const inside = [x, y, w - gap, h - gap] as const;
  if (gap) fill(to, theme.panel, [x, y, w, h]);
  if (style !== "full") fill(to, style === "not finite" ? NONFINITE_CSS : theme.ground, inside);
  if (style === "not finite") return;
  const place = placeOn(scale, worsening(measure, reading.values[measure]?.[index] ?? 0));
  const colour = `rgb(${colourAt(colourNameFor(scale.signed, dark), place).join(" ")})`;
  paintMark(to, style, colour, inside);
  if (style === "hollow" || style === "ring") paintDoubt(to, theme, inside);
}

function fill(to: Context, colour: string, rectangle: Rectangle): void {
  to.fillStyle = colour;
  to.fillRect(...rectangle);
}

const DASH = 5; // pixels; cells that are lower have no room for it

/** A dash in the middle: the change may be none. */
function paintDoubt(to: Context, theme: Theme, [x, y, w, h]: Rectangle): void {
  if (h < 2 * DASH) return;
  to.fillStyle = theme.mute;
  to.fillRect(Math.round(x + (w - DASH) / 2), Math.round(y + h / 2) - 0.5, DASH, 1);
}

const ROUND = 8; // pixels; in lower cells a disc would be a dot, and half a cell stands for it

type Rectangle = readonly [x: number, y: number, width: number, height: number];

// There are thousands of cells, and taking in a colour is most of what one costs.
function paintMark(to: Context, style: CellStyle, colour: string, inside: Rectangle): void {
  const [x, y, w, h] = inside;
  if (style === "full") {
    fill(to, colour, inside);
  } else if (style === "hollow") {
    to.strokeStyle = colour;
    to.lineWidth = 2;
    to.strokeRect(x + 1, y + 1, w - 2, h - 2);
  } else if (h < ROUND) {
    const height = style === "disc" ? h : 1;
    fill(to, colour, [x + 0.25 * w, y + (h - height) / 2, 0.5 * w, height]);
  } else {
    paintRound(to, style, colour, inside);
  }
}

function paintRound(to: Context, style: CellStyle, colour: string, [x, y, w, h]: Rectangle): void {
  const radius = Math.max(1, Math.min(w, h) / 2 - 1);
  to.beginPath();
  to.arc(x + w / 2, y + h / 2, style === "ring" ? radius - 0.5 : radius, 0, 2 * Math.PI);
  if (style === "disc") {
    to.fillStyle = colour;
    to.fill();
  } else {
    to.strokeStyle = colour;
    to.lineWidth = 2;
    to.stroke();
  }
}
