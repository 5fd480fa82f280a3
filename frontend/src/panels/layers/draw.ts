/** What the panel's canvases draw alike: text, lines, ticks, hatching. */
import { segment } from "../../chart/draw";
import { niceTicks } from "../../chart/scales";
import { axis } from "../../context";
import { count } from "../../format";
import { themeColour } from "../../ui/canvas";
import type { Span } from "./cells";

export const FONT = "11px Roboto, system-ui, sans-serif";
export type Context = CanvasRenderingContext2D;

/** The page's colours, for canvases. */
export interface Theme {
  readonly panel: string;
  readonly line: string;
  readonly text: string;
  readonly mute: string;
  readonly accent: string;
  readonly bad: string;
  readonly warn: string;
  readonly track: string;
  readonly ground: string;
}

export function theme(): Theme {
  const names = ["panel", "line", "text", "mute", "accent", "bad", "warn", "track", "ground"];
  return Object.fromEntries(names.map((name) => [name, themeColour(`--${name}`)])) as never;
}

/** Returns `text`, without its beginning where it is wider than `width`: ends tell apart. */
export function fitEnd(to: Context, text: string, width: number): string {
  if (to.measureText(text).width <= width) return text;
  const short = text.slice(-80);
  for (let from = 1; from < short.length; from++) {
    const shortened = `…${short.slice(from)}`;
    if (to.measureText(shortened).width <= width) return shortened;
  }
  return "";
}

/** Fills a rectangle with hatching: what is not defined. */
export function hatch(to: Context, colour: string, x: number, y: number, w: number, h: number) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const on = tile.getContext("2d");
  if (!on) return;
  on.strokeStyle = colour;
  on.lineWidth = 1;
  for (const shift of [-6, 0, 6]) segment(on, shift, 6, shift + 6, 0);
  const pattern = to.createPattern(tile, "repeat");
  if (!pattern) return;
  to.fillStyle = pattern;
  to.fillRect(x, y, w, h);
}

const APART = 72; // pixels between the ticks of a time axis

/** Draws the ticks of the time axis below `y`. */
export function timeAxis(
  to: Context,
  span: Span,
  { left, width, y }: { left: number; width: number; y: number },
  { mute, line }: Theme,
): void {
  to.font = FONT;
  to.fillStyle = mute;
  to.strokeStyle = line;
  to.lineWidth = 1;
  to.textAlign = "center";
  to.textBaseline = "alphabetic";
  for (const tick of timeTicks(span, width / APART)) {
    const x = Math.round(left + ((tick - span.from) / (span.to - span.from)) * width) + 0.5;
    segment(to, x, y, x, y + 4);
    to.fillText(timeName(tick), Math.max(left + 10, Math.min(left + width - 10, x)), y + 15);
  }
}

/** Epochs and steps are whole numbers; a very narrow span has ticks between them. */
export function timeTicks({ from, to }: Span, wanted: number): number[] {
  const ticks = niceTicks([from, to], wanted).filter((tick) => tick < to);
  const whole = ticks.filter(Number.isInteger);
  return whole.length > 1 ? whole : ticks;
}

export function timeName(place: number): string {
  if (axis.value === "step") return count(place);
  return place < 0 ? "init" : `${Number(place.toFixed(2))}`;
}

/** A value with all the digits that a 32-bit number has. */
export function exact(value: number): string {
  if (Number.isNaN(value)) return "not defined";
  if (!Number.isFinite(value)) return "not finite";
  const size = Math.abs(value);
  const rounded = Number(value.toPrecision(7));
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return rounded.toExponential();
  return Number.isInteger(rounded) ? count(rounded) : String(rounded);
}

/** A value in a few letters, for ticks. */
export function brief(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 1e-3 || size >= 1e5) return value.toExponential(0).replace("e+", "e");
  return String(Number(value.toPrecision(3)));
}
