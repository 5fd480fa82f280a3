/** Histograms of one row over time, one behind the other, and how they are painted. */
import { segment } from "../../chart/draw";
import type { Histogram } from "../../histograms";
import { type Axis, densityOf } from "./density";
import { brief, type Context, FONT, type Theme } from "./draw";

export interface Ridge {
  readonly step: number;
  readonly epoch: number;
  /** Share of the values in each cell of the axis. */
  readonly shares: Float32Array;
  /** Whether it is the one at the scrubber. */
  readonly here: boolean;
}

export interface RidgeScene {
  readonly axis: Axis;
  readonly ridges: readonly Ridge[];
  readonly colour: string;
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
}

const LEFT = 8;
const RIGHT = 64; // room for the moments' names
const BOTTOM = 20;
const RISE = 5; // ridges that a peak may rise over

interface Timed {
  readonly step: number;
  readonly epoch: number;
}

/** Returns the ridges of `histograms` on `axis`; the one at index `here` is marked. */
export function ridgesOf(
  histograms: readonly (Timed & { readonly histogram: Histogram })[],
  axis: Axis,
  here: number,
): Ridge[] {
  return histograms.map(({ step, epoch, histogram }, i) => ({
    step,
    epoch,
    shares: densityOf(histogram, axis),
    here: i === here,
  }));
}

/** Returns the share that reaches full height: zeros alone must not flatten all else. */
export function fullShare(ridges: readonly Ridge[], { middle: [begin, end] }: Axis): number {
  let full = 0;
  for (const { shares } of ridges) {
    shares.forEach((share, i) => {
      if ((i < begin || i >= end) && share > full) full = share;
    });
  }
  return full || Math.max(...ridges.flatMap(({ shares }) => [...shares]), 0) || 1;
}

/** Returns the y of the baseline of ridge `i`. */
export function baseline({ ridges, height }: RidgeScene, i: number): number {
  const top = rise(ridges.length, height);
  return top + ((height - BOTTOM - top) * i) / Math.max(1, ridges.length - 1);
}

function rise(ridges: number, height: number): number {
  const room = height - BOTTOM;
  return Math.min(0.6 * room, (RISE * room) / (ridges + RISE));
}

export function paintRidges(to: Context, scene: RidgeScene): void {
  const { axis, ridges, colour, width, height, theme } = scene;
  const full = fullShare(ridges, axis);
  const up = 0.95 * rise(ridges.length, height);
  const toX = (cell: number) => LEFT + (cell / axis.cells) * (width - LEFT - RIGHT);
  paintAxis(to, scene, toX);
  let named = -Infinity;
  ridges.forEach(({ shares, here, step }, i) => {
    const y = baseline(scene, i);
    outline(to, shares, toX, (share) => y - Math.min(1.15, share / full) * up);
    to.globalAlpha = 0.85;
    to.fillStyle = theme.panel;
    to.fill();
    to.globalAlpha = here ? 1 : 0.35 + (0.65 * (i + 1)) / ridges.length;
    to.strokeStyle = here ? theme.accent : colour;
    to.lineWidth = here ? 2 : 1.2;
    to.stroke();
    to.globalAlpha = 1;
    if (here || (y - named > 26 && !nearHere(ridges, scene, i))) {
      nameMoment(to, step, y, here ? theme.accent : theme.mute, width - RIGHT + 6);
      named = y;
    }
  });
}

function nearHere(ridges: readonly Ridge[], scene: RidgeScene, i: number): boolean {
  const at = ridges.findIndex(({ here }) => here);
  return at >= 0 && Math.abs(baseline(scene, at) - baseline(scene, i)) < 14;
}

function nameMoment(to: Context, step: number, y: number, colour: string, x: number): void {
  to.font = FONT;
  to.fillStyle = colour;
  to.textAlign = "left";
  to.textBaseline = "middle";
  to.fillText(new Intl.NumberFormat("en-US").format(step), x, y - 3);
}

function outline(
  to: Context,
  shares: Float32Array,
  toX: (cell: number) => number,
  toY: (share: number) => number,
): void {
  to.beginPath();
  to.moveTo(toX(0), toY(0));
  shares.forEach((share, i) => {
    to.lineTo(toX(i + 0.5), toY(share));
  });
  to.lineTo(toX(shares.length), toY(0));
}

function paintAxis(
  to: Context,
  { axis, width, height, theme }: RidgeScene,
  toX: (cell: number) => number,
): void {
  valueAxis(to, axis, toX, { y: height - BOTTOM + 4, room: width }, theme);
  to.strokeStyle = theme.line;
  const zero = toX(axis.place(0));
  to.setLineDash([2, 3]);
  segment(to, zero, 4, zero, height - BOTTOM);
  to.setLineDash([]);
}

const APART = 40; // pixels between the numbers of an axis

/** Returns where a text of `width` pixels stands in the middle of, near `x` but within `room`. */
export function within(x: number, width: number, room: number): number {
  return Math.max(width / 2, Math.min(room - width / 2, x));
}

/**
 * Writes the ticks of a value axis at `y`, within `room` pixels.
 *
 * Zero and the ends come first, then the others as far as there is room.
 */
export function valueAxis(
  to: Context,
  axis: Axis,
  toX: (cell: number) => number,
  { y, room }: { readonly y: number; readonly room: number },
  { mute, line }: Theme,
): void {
  to.font = FONT;
  to.textAlign = "center";
  to.textBaseline = "top";
  to.strokeStyle = line;
  const taken: number[] = [];
  const ends = [axis.ticks[0], axis.ticks.at(-1)];
  const order = [0, ...ends, ...axis.ticks].filter((tick) => tick !== undefined);
  for (const tick of order.filter((each) => axis.ticks.includes(each))) {
    const x = toX(axis.place(tick));
    const name = brief(tick);
    const middle = within(x, to.measureText(name).width, room);
    if (taken.some((other) => Math.abs(other - middle) < APART)) continue;
    taken.push(middle);
    to.fillStyle = mute;
    segment(to, x, y - 4, x, y - 1);
    to.fillText(name, middle, y + 1);
  }
}

/** What lies under a point: a ridge, and a cell of the axis. */
export interface RidgeSpot {
  readonly ridge: Ridge;
  readonly cell: number;
}

export function ridgeAt(scene: RidgeScene, x: number, y: number): RidgeSpot | null {
  const { ridges, axis, width } = scene;
  if (ridges.length === 0) return null;
  const distance = (i: number) => Math.abs(baseline(scene, i) - 3 - y);
  const nearest = ridges.reduce((best, _, i) => (distance(i) < distance(best) ? i : best), 0);
  const cell = Math.floor(((x - LEFT) / (width - LEFT - RIGHT)) * axis.cells);
  return { ridge: ridges[nearest], cell: Math.max(0, Math.min(axis.cells - 1, cell)) };
}
