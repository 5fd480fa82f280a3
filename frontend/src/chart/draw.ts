/** Draws lines with axes onto any canvas: a chart on screen, or a file with more pixels. */
import { isDrawable, type Line } from "./line";
import {
  linearScale,
  logScale,
  logTicks,
  niceTicks,
  type Scale,
  type Span,
  spanOfPlaces,
  spanOfValues,
} from "./scales";

export interface Plot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly Line[];
  readonly logarithmic: boolean;
  /** [low, high] of the values; left out: as they need. */
  readonly range?: Span;
  /** [left, right] of the x axis; left out: all. */
  readonly span?: Span;
  /** Where the scrubber stands on the x axis. */
  readonly cursor: number;
  readonly colours: { readonly text: string; readonly grid: string; readonly cursor: string };
  formatX(value: number): string;
}

export interface PlotScales {
  readonly x: Scale;
  readonly y: Scale;
  /** The part of the plot that lines are drawn in: left, top, right, bottom. */
  readonly inner: readonly [number, number, number, number];
}

const LEFT = 42; // room for the numbers of the y axis
const RIGHT = 6; // so that a point at the edge is whole
const BOTTOM = 22; // room for those of the x axis
const TOP = 6;
const BETWEEN_X = 40; // pixels from one tick to the next, at least
const BETWEEN_Y = 21;
const DASHES = [5, 4];
const BAND = 0.16; // opacity
const POINTS = 40; // of a line, beyond which they are not marked

type To = CanvasRenderingContext2D;

/** Returns where values lie on `plot`. */
export function scalesOf(plot: Plot): PlotScales {
  const [left, top] = [plot.x + LEFT, plot.y + TOP];
  const [right, bottom] = [plot.x + plot.width - RIGHT, plot.y + plot.height - BOTTOM];
  const span = plot.span ?? spanOfPlaces(plot.lines);
  // Steps and epochs are whole numbers, and so are the distances of their ticks.
  const xTicks = niceTicks(span, (right - left) / BETWEEN_X, 1);
  const { logarithmic } = plot;
  const values = (!logarithmic && plot.range) || spanOfValues(plot.lines, span, logarithmic);
  const rows = Math.max(2, (bottom - top) / BETWEEN_Y);
  return {
    x: linearScale(span, [left, right], xTicks),
    y: logarithmic
      ? logScale(values, [bottom, top], logTicks(values, rows))
      : linearScale(values, [bottom, top], niceTicks(values, rows)),
    inner: [left, top, right, bottom],
  };
}

export function drawPlot(to: To, plot: Plot): void {
  const scales = scalesOf(plot);
  const [left, top, right, bottom] = scales.inner;
  drawAxes(to, plot, scales);
  to.save();
  to.beginPath();
  to.rect(left - 4, top - 4, right - left + 8, bottom - top + 8);
  to.clip();
  to.strokeStyle = plot.colours.cursor;
  to.lineWidth = 1;
  const here = scales.x.place(plot.cursor);
  segment(to, here, top, here, bottom);
  for (const line of plot.lines) drawBand(to, line, scales, plot.logarithmic);
  for (const line of plot.lines) drawLine(to, line, scales, plot.logarithmic);
  to.restore();
}

function drawAxes(to: To, plot: Plot, { x, y, inner }: PlotScales): void {
  const [left, top, right, bottom] = inner;
  to.font = "11px Roboto, system-ui, sans-serif";
  to.fillStyle = plot.colours.text;
  to.strokeStyle = plot.colours.grid;
  to.lineWidth = 1;
  to.textBaseline = "middle";
  to.textAlign = "right";
  for (const tick of y.ticks) {
    const at = Math.round(y.place(tick)) + 0.5;
    segment(to, left, at, right, at);
    to.fillText(tickWords(tick), left - 6, at);
  }
  to.textAlign = "center";
  let free = Number.NEGATIVE_INFINITY; // where the last label ends
  for (const tick of x.ticks) {
    const at = Math.round(x.place(tick)) + 0.5;
    segment(to, at, top, at, bottom);
    const words = plot.formatX(tick);
    const half = to.measureText(words).width / 2;
    const middle = Math.min(at, plot.x + plot.width - half);
    if (middle - half < free) continue;
    to.fillText(words, middle, bottom + 13);
    free = middle + half + 6;
  }
  to.textAlign = "left";
  to.textBaseline = "alphabetic";
}

/** A tick in few letters: ticks are round numbers. */
function tickWords(tick: number): string {
  const size = Math.abs(tick);
  const short = size >= 1e5 || (size > 0 && size < 1e-3);
  return short ? tick.toExponential() : `${Number(tick.toPrecision(6))}`;
}

function drawLine(to: To, line: Line, { x, y }: PlotScales, logarithmic: boolean): void {
  to.strokeStyle = to.fillStyle = line.colour;
  to.lineWidth = 2;
  to.lineJoin = "round";
  to.setLineDash(line.dashed ? DASHES : []);
  to.beginPath();
  let drawing = false;
  line.x.forEach((place, i) => {
    const drawable = isDrawable(line.y[i], logarithmic);
    if (drawable && drawing) to.lineTo(x.place(place), y.place(line.y[i]));
    else if (drawable) to.moveTo(x.place(place), y.place(line.y[i]));
    drawing = drawable;
  });
  to.stroke();
  to.setLineDash([]);
  if (line.x.length > POINTS) return;
  line.x.forEach((place, i) => {
    if (isDrawable(line.y[i], logarithmic)) point(to, x.place(place), y.place(line.y[i]), 2);
  });
}

/** Shades what lies within the error of a line, piece by piece between its points. */
function drawBand(to: To, line: Line, { x, y, inner }: PlotScales, logarithmic: boolean): void {
  const { error } = line;
  if (!error) return;
  const bottom = inner[3] + 4; // what is not above zero has no place on a logarithmic axis
  const place = (value: number) => (logarithmic && value <= 0 ? bottom : y.place(value));
  to.fillStyle = line.colour;
  to.globalAlpha = BAND;
  for (let i = 1; i < line.x.length; i++) {
    if (![i - 1, i].every((at) => Number.isFinite(line.y[at] + error[at]))) continue;
    to.beginPath();
    to.moveTo(x.place(line.x[i - 1]), place(line.y[i - 1] + error[i - 1]));
    to.lineTo(x.place(line.x[i]), place(line.y[i] + error[i]));
    to.lineTo(x.place(line.x[i]), place(line.y[i] - error[i]));
    to.lineTo(x.place(line.x[i - 1]), place(line.y[i - 1] - error[i - 1]));
    to.fill();
  }
  to.globalAlpha = 1;
}

/** Draws a disc in the colour in force. */
export function point(to: To, x: number, y: number, radius: number): void {
  to.beginPath();
  to.arc(x, y, radius, 0, 2 * Math.PI);
  to.fill();
}

/** Draws a straight line in the colour in force. */
export function segment(to: To, x0: number, y0: number, x1: number, y1: number): void {
  to.beginPath();
  to.moveTo(x0, y0);
  to.lineTo(x1, y1);
  to.stroke();
}
