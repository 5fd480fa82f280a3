/** Draws lines with axes onto any canvas, for files: a screen's chart has too few pixels. */
import type { Line } from "./align";

export interface Plot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly Line[];
  readonly logarithmic: boolean;
  /** [low, high] of the values; left out: as they need. */
  readonly range?: readonly [number, number];
  /** Where the scrubber stands on the x axis. */
  readonly cursor: number;
  readonly colours: { readonly text: string; readonly grid: string; readonly cursor: string };
  formatX(value: number): string;
  formatY(value: number): string;
}

const LEFT = 44; // room for the numbers of the y axis
const BOTTOM = 20; // and of the x axis
const TICKS = 5;

type Scale = (value: number) => number;

export function drawPlot(to: CanvasRenderingContext2D, plot: Plot): void {
  const xs = plot.lines.flatMap(({ x }) => x);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [low, high] = valueRange(plot);
  const toX: Scale = (value) =>
    plot.x + LEFT + ((value - left) / (right - left || 1)) * (plot.width - LEFT);
  const place = plot.logarithmic ? Math.log10 : (value: number) => value;
  const toY: Scale = (value) => {
    const share = (place(value) - place(low)) / (place(high) - place(low) || 1);
    return plot.y + (1 - share) * (plot.height - BOTTOM);
  };
  const xTicks = evenly(left, right, true).map((x): Tick => [x, toX(x)]);
  const yTicks = ticksY(plot, low, high).map((y): Tick => [y, toY(y)]);
  drawAxes(to, plot, xTicks, yTicks);
  to.strokeStyle = plot.colours.cursor;
  to.lineWidth = 1;
  segment(to, toX(plot.cursor), plot.y, toX(plot.cursor), plot.y + plot.height - BOTTOM);
  for (const line of plot.lines) drawLine(to, line, toX, toY, plot.logarithmic);
}

function valueRange({ lines, logarithmic, range }: Plot): [number, number] {
  const values = lines
    .flatMap(({ y }) => y)
    .filter((value) => Number.isFinite(value) && !(logarithmic && value <= 0));
  if (values.length === 0) return [logarithmic ? 0.1 : 0, 1];
  if (range && !logarithmic) return [range[0], range[1]];
  return [Math.min(...values), Math.max(...values)];
}

function ticksY({ logarithmic }: Plot, low: number, high: number): number[] {
  if (!logarithmic) return evenly(low, high, false);
  const [from, upTo] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
  return Array.from({ length: Math.max(0, upTo - from + 1) }, (_, i) => 10 ** (from + i));
}

function evenly(low: number, high: number, whole: boolean): number[] {
  const values = Array.from({ length: TICKS }, (_, i) => low + ((high - low) * i) / (TICKS - 1));
  return whole ? [...new Set(values.map(Math.round))] : values;
}

type Tick = readonly [value: number, place: number];

function drawAxes(
  to: CanvasRenderingContext2D,
  plot: Plot,
  xTicks: readonly Tick[],
  yTicks: readonly Tick[],
): void {
  to.font = "11px Roboto, system-ui, sans-serif";
  to.fillStyle = plot.colours.text;
  to.strokeStyle = plot.colours.grid;
  to.lineWidth = 1;
  to.textAlign = "right";
  for (const [value, y] of yTicks) {
    segment(to, plot.x + LEFT, y, plot.x + plot.width, y);
    to.fillText(plot.formatY(value), plot.x + LEFT - 6, y + 4);
  }
  to.textAlign = "center";
  for (const [value, x] of xTicks) {
    to.fillText(plot.formatX(value), x, plot.y + plot.height - 4);
  }
  to.textAlign = "left";
}

function drawLine(
  to: CanvasRenderingContext2D,
  line: Line,
  toX: Scale,
  toY: Scale,
  logarithmic: boolean,
): void {
  to.strokeStyle = line.colour;
  to.lineWidth = 2;
  to.lineJoin = "round";
  to.beginPath();
  let drawing = false;
  line.x.forEach((x, i) => {
    const value = line.y[i];
    const drawable = Number.isFinite(value) && !(logarithmic && value <= 0);
    if (drawable && drawing) to.lineTo(toX(x), toY(value));
    else if (drawable) to.moveTo(toX(x), toY(value));
    drawing = drawable;
  });
  to.stroke();
}

function segment(to: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number) {
  to.beginPath();
  to.moveTo(x0, y0);
  to.lineTo(x1, y1);
  to.stroke();
}
