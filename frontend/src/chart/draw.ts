/** Draws lines with axes onto any canvas: a chart on screen, or a file with more pixels. */
import { drawnLine, markOf } from "./level";
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
const DOTS = [1, 3]; // across what was not recorded or is gone
const VISIBLE = 6; // pixels of a hole
const BAND = 0.16; // opacity
const ALONE = 3; // pixels to the edge of a point without a line
const POINTS = 40; // of a line, beyond which they are not marked

type To = CanvasRenderingContext2D;

const spanOf = ({ span, lines }: Plot): Span => span ?? spanOfPlaces(lines);

/** Returns what is drawn of the lines, and their points at the scrubber. */
function drawnLines(plot: Plot): Line[] {
  const span = spanOf(plot);
  const marks = plot.lines.flatMap((line) => markOf(line, span, plot.cursor) ?? []);
  return [...plot.lines.map((line) => drawnLine(line, span)), ...marks];
}

/** Returns where values lie on `plot`. */
export function scalesOf(plot: Plot): PlotScales {
  const [left, top] = [plot.x + LEFT, plot.y + TOP];
  const [right, bottom] = [plot.x + plot.width - RIGHT, plot.y + plot.height - BOTTOM];
  const span = spanOf(plot);
  // Steps and epochs are whole numbers, and so are the distances of their ticks.
  const xTicks = niceTicks(span, (right - left) / BETWEEN_X, 1);
  const { logarithmic } = plot;
  const values = (!logarithmic && plot.range) || spanOfValues(drawnLines(plot), span, logarithmic);
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
  const lines = drawnLines(plot);
  for (const line of lines) drawBand(to, line, scales, plot.logarithmic);
  for (const line of lines) drawLine(to, line, scales, plot.logarithmic);
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
  const isBare = (i: number) => isHole(line, i, x.place);
  const points = line.x.map((place, i) =>
    isDrawable(line.y[i], logarithmic) ? ([x.place(place), y.place(line.y[i])] as const) : null,
  );
  trace(to, points, isBare, { width: 2, dash: line.dashed ? DASHES : [] });
  const radius = points.length > POINTS ? 1 : points.length > 1 ? 2 : ALONE;
  points.forEach((at, i) => {
    if (at && (radius > 1 || isBare(i) || isBare(i + 1))) point(to, ...at, radius);
  });
}

type Place = readonly [x: number, y: number];

/** Strokes a line through `points`, in dots where it is bare in front of one; null is a hole. */
export function trace(
  to: To,
  points: readonly (Place | null)[],
  isBare: (i: number) => boolean,
  { width, dash }: { readonly width: number; readonly dash: readonly number[] },
): void {
  const stroke = (bare: boolean) => {
    to.beginPath();
    points.forEach((at, i) => {
      if (at && points[i - 1] && isBare(i) === bare) to.lineTo(...at);
      else if (at) to.moveTo(...at);
    });
    to.stroke();
  };
  to.lineJoin = "round";
  to.lineWidth = width;
  to.setLineDash([...dash]);
  stroke(false);
  to.lineWidth = 1;
  to.setLineDash(DOTS);
  stroke(true);
  to.setLineDash([]);
}

/** Whether a line is bare in front of point `i`, and so far that it can be seen. */
export function isHole({ x, bare }: Pick<Line, "x" | "bare">, i: number, place: Scale["place"]) {
  return bare?.[i] === true && place(x[i]) - place(x[i - 1]) >= VISIBLE;
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
    if (
      isHole(line, i, x.place) ||
      ![i - 1, i].every((at) => Number.isFinite(line.y[at] + error[at]))
    )
      continue;
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
