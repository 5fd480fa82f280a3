/** Estimates against the last exact scan, cell by cell: scales, places, and what is nearest. */
import { segment } from "../../chart/draw";
import {
  linearScale,
  logScale,
  logTicks,
  niceTicks,
  type Scale,
  type Span,
} from "../../chart/scales";
import { brief, type Context, FONT, type Theme } from "../layers/draw";
import type { CellPair } from "./rank";
import type { Reading } from "./readings";

const LEFT = 52;
const BOTTOM = 36;
const TOP = 8;
const RIGHT = 10;

export interface Pairing {
  readonly estimate: Reading;
  readonly exact: Reading;
}

/**
 * Returns the estimate that is shown at `step`, and the exact scan nearest before it.
 *
 * Where the scan is the newest, the last estimate is held against it; null where one is missing.
 */
export function pairingAt(readings: readonly Reading[], step: number): Pairing | null {
  const past = readings.filter((reading) => reading.step <= step);
  const estimate = past.findLast((reading) => reading.estimate !== null);
  const exact = past.findLast((reading) => reading.estimate === null);
  return estimate && exact ? { estimate, exact } : null;
}

export interface ScatterScene {
  readonly width: number;
  readonly height: number;
  readonly pairs: readonly CellPair[];
  readonly logarithmic: boolean;
  readonly selected: string | null;
  readonly level: number;
}

const MOST = 20_000; // points that are drawn at once

/** Returns the pairs that have a place: zero has none on a logarithmic axis. */
export function drawable({ pairs, logarithmic }: ScatterScene): readonly CellPair[] {
  const stride = Math.ceil(pairs.length / MOST);
  const some = stride > 1 ? pairs.filter((_, i) => i % stride === 0) : pairs;
  return some.filter(({ estimate, exact }) => !logarithmic || (estimate > 0 && exact > 0));
}

export function scalesOf(scene: ScatterScene): { readonly x: Scale; readonly y: Scale } {
  const values = drawable(scene).flatMap(({ estimate, exact }) => [estimate, exact]);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const span: Span = low < high ? [low, high] : [low / 2 || 0.1, high * 2 || 1];
  const places: readonly [Span, Span] = [
    [LEFT, scene.width - RIGHT],
    [scene.height - BOTTOM, TOP],
  ];
  const [x, y] = places.map((pixels) =>
    scene.logarithmic
      ? logScale(span, pixels, logTicks(span, 5))
      : linearScale(span, pixels, niceTicks(span, 5)),
  );
  return { x, y };
}

export function paintScatter(to: Context, scene: ScatterScene, theme: Theme): void {
  const { x, y } = scalesOf(scene);
  paintAxes(to, scene, x, y, theme);
  const found = drawable(scene);
  const emphasis = ({ unit, level }: CellPair) =>
    Number(level === scene.level) + 2 * Number(unit === scene.selected);
  for (const pair of [...found].sort((a, b) => emphasis(a) - emphasis(b))) {
    const strength = emphasis(pair);
    to.fillStyle = strength >= 2 ? theme.accent : strength === 1 ? theme.text : theme.track;
    to.beginPath();
    to.arc(x.place(pair.estimate), y.place(pair.exact), strength ? 3.5 : 2.5, 0, 2 * Math.PI);
    to.fill();
  }
}

function paintAxes(to: Context, scene: ScatterScene, x: Scale, y: Scale, theme: Theme): void {
  const [bottom, right] = [scene.height - BOTTOM, scene.width - RIGHT];
  to.font = FONT;
  to.fillStyle = theme.mute;
  to.strokeStyle = theme.line;
  to.lineWidth = 1;
  to.textBaseline = "middle";
  to.textAlign = "right";
  for (const tick of y.ticks) {
    const at = Math.round(y.place(tick)) + 0.5;
    segment(to, LEFT, at, right, at);
    to.fillText(brief(tick), LEFT - 6, at);
  }
  to.textAlign = "center";
  for (const tick of x.ticks) {
    const at = Math.round(x.place(tick)) + 0.5;
    segment(to, at, TOP, at, bottom);
    to.fillText(brief(tick), Math.min(at, right - 8), bottom + 11);
  }
  to.fillText("estimate", (LEFT + right) / 2, scene.height - 7);
  to.strokeStyle = theme.mute;
  to.setLineDash([4, 4]);
  segment(to, LEFT, bottom, right, TOP);
  to.setLineDash([]);
  to.save();
  to.translate(8, (TOP + bottom) / 2);
  to.rotate(-Math.PI / 2);
  to.fillText("exact", 0, 0);
  to.restore();
}

const NEAR = 12; // pixels

/** Returns the pair drawn nearest to a spot, if any is near. */
export function pairNear(scene: ScatterScene, atX: number, atY: number): CellPair | null {
  const { x, y } = scalesOf(scene);
  let best: CellPair | null = null;
  let least = NEAR;
  for (const pair of drawable(scene)) {
    const away = Math.hypot(x.place(pair.estimate) - atX, y.place(pair.exact) - atY);
    if (away < least) [best, least] = [pair, away];
  }
  return best;
}
