/** How the order of units moves over time: where its lines lie and how they are painted. */
import { segment } from "../../chart/draw";
import { sizedContext } from "../../ui/canvas";
import { type Context, FONT, fitEnd, type Theme, timeAxis } from "../layers/draw";
import { areaOf, ranksOf } from "./rank";
import type { Measure, Reading } from "./readings";

const TOP = 8;
const AXIS = 22;
const NAMES = 150; // pixels for the names at the right
const LABEL = 11;
const MOST = 340; // pixels that ranks share as long as each stays readable

/** The order at one moment. */
export interface Standing {
  readonly reading: Reading;
  /** On the time axis. */
  readonly place: number;
  readonly ranks: ReadonlyMap<string, number>;
}

export function standingsOf(
  readings: readonly Reading[],
  measure: Measure,
  names: readonly string[],
  placeOf: (reading: Reading) => number,
): Standing[] {
  return readings.map((reading) => ({
    reading,
    place: placeOf(reading),
    ranks: ranksOf(reading, measure, names),
  }));
}

/** A unit in the order, with how many places it rose since `first`. */
export interface Ranked {
  readonly name: string;
  readonly rank: number;
  readonly area: number;
  /** Places nearer to the most sensitive; null: it was not ranked then. */
  readonly risen: number | null;
}

/** Returns all ranked units, the most sensitive first. */
export function rankedAt(standing: Standing, first: Standing, measure: Measure): Ranked[] {
  return [...standing.ranks].map(([name, rank]) => {
    const before = first.ranks.get(name);
    const area = areaOf(standing.reading, measure, name);
    return { name, rank, area, risen: before === undefined ? null : before - rank };
  });
}

export interface RankLayout {
  readonly width: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly rowHeight: number;
  readonly height: number;
}

export function rankLayout(width: number, units: number): RankLayout {
  const rowHeight = Math.max(2, Math.min(14, MOST / Math.max(1, units)));
  const names = rowHeight >= LABEL ? Math.min(NAMES, 0.4 * width) : 8;
  const height = Math.ceil(TOP + units * rowHeight + AXIS);
  return { width, left: 8, right: width - names, top: TOP, rowHeight, height };
}

interface RankScene {
  readonly layout: RankLayout;
  readonly standings: readonly Standing[];
  readonly units: number;
  readonly selected: string | null;
  /** Where the scrubber stands. */
  readonly here: number;
  readonly theme: Theme;
  nameOf(unit: string): string;
}

type Span = { readonly from: number; readonly to: number };

export function spanOf(standings: readonly Standing[]): Span {
  const from = standings[0]?.place ?? 0;
  const to = standings.at(-1)?.place ?? 0;
  return from < to ? { from, to } : { from: from - 1, to: to + 1 };
}

export function xOf({ left, right }: RankLayout, { from, to }: Span, place: number): number {
  return left + 4 + ((place - from) / (to - from)) * (right - left - 8);
}

function yOf({ top, rowHeight }: RankLayout, rank: number): number {
  return top + (rank + 0.5) * rowHeight;
}

export function paintRanks(to: Context, scene: RankScene): void {
  const { layout, standings, units, here, theme } = scene;
  const span = spanOf(standings);
  const bottom = layout.top + units * layout.rowHeight;
  timeAxis(
    to,
    span,
    { left: layout.left + 4, width: layout.right - layout.left - 8, y: bottom },
    theme,
  );
  to.strokeStyle = theme.line;
  const x = xOf(layout, span, here);
  segment(to, x, layout.top, x, bottom);
  paintLines(to, scene, span);
}

/** What was painted last: it stays as it is while the scrubber moves. */
let lines: { readonly key: readonly unknown[]; readonly picture: HTMLCanvasElement } | null = null;

function paintLines(to: Context, scene: RankScene, span: Span): void {
  const { layout, standings, selected, theme } = scene;
  const parts = [window.devicePixelRatio, ...Object.values(layout), ...Object.values(theme)];
  const key = [standings, selected, ...parts];
  if (!key.every((part, i) => part === lines?.key[i])) {
    const picture = document.createElement("canvas");
    paintUnits(sizedContext(picture, layout.width, layout.height), scene, span);
    lines = { key, picture };
  }
  if (lines) to.drawImage(lines.picture, 0, 0, layout.width, layout.height);
}

function paintUnits(to: Context, scene: RankScene, span: Span): void {
  const { standings, selected } = scene;
  const names = new Set(standings.flatMap(({ ranks }) => [...ranks.keys()]));
  for (const name of names) if (name !== selected) paintUnit(to, scene, span, name);
  if (selected !== null && names.has(selected)) paintUnit(to, scene, span, selected);
}

function paintUnit(to: Context, scene: RankScene, span: Span, name: string): void {
  const { layout, standings, selected, theme } = scene;
  const on = name === selected;
  to.strokeStyle = to.fillStyle = on ? theme.accent : theme.track;
  to.lineWidth = on ? 2.5 : 1.25;
  let before: Standing | null = null;
  for (const standing of standings) {
    const rank = standing.ranks.get(name);
    if (rank === undefined) continue;
    const [x, y] = [xOf(layout, span, standing.place), yOf(layout, rank)];
    if (before) {
      segment(to, xOf(layout, span, before.place), yOf(layout, before.ranks.get(name) ?? 0), x, y);
    }
    if (standing.reading.estimate === null) {
      const half = Math.min(3, 0.3 * layout.rowHeight);
      to.fillRect(x - half, y - half, 2 * half, 2 * half);
    }
    before = standing;
  }
  if (layout.rowHeight < LABEL || !before) return;
  to.font = FONT;
  to.textAlign = "left";
  to.textBaseline = "middle";
  to.fillStyle = on ? theme.accent : theme.mute;
  const room = layout.width - layout.right - 10;
  to.fillText(
    fitEnd(to, scene.nameOf(name), room),
    layout.right + 4,
    yOf(layout, before.ranks.get(name) ?? 0),
  );
}

/** Returns the unit and the moment nearest to a spot. */
export function rankedNear(
  scene: Omit<RankScene, "theme">,
  x: number,
  y: number,
): { readonly name: string; readonly standing: Standing } | null {
  const { layout, standings } = scene;
  const span = spanOf(standings);
  const away = (standing: Standing) => Math.abs(xOf(layout, span, standing.place) - x);
  const nearest = [...standings].sort((a, b) => away(a) - away(b))[0];
  const wanted = Math.floor((y - layout.top) / layout.rowHeight);
  const found = [...(nearest?.ranks ?? [])].find(([, rank]) => rank === wanted);
  return nearest && found ? { name: found[0], standing: nearest } : null;
}
