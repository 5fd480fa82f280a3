/** Where things are on a heatmap, and how one is painted. */
import { segment } from "../../chart/draw";
import { pack } from "../../maps/colormaps";
import type { Alert } from "./alerts";
import { isGrave } from "./alerts";
import { type Entry, endOf, type Span } from "./cells";
import { type Context, FONT, fitEnd, hatch, type Theme, timeAxis } from "./draw";
import { rowLabels } from "./rows";

/** Of cells that are not finite: a colour that no colour bar has. */
export const NONFINITE = pack([224, 0, 132]);
export const NONFINITE_CSS = "rgb(224 0 132)";

const STRIP = 18; // pixels of the alerts' timeline
const AXIS = 22;
const LABEL = 11; // pixels of a name's height
const LETTER = 5.8; // and of the width of its letters, roughly
const USUAL = 320; // pixels that rows share as long as each stays readable
const USUAL_OF_MANY = 230; // the same, where several runs are shown

export interface HeatLayout {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly rowHeight: number;
  readonly plotHeight: number;
  readonly height: number;
}

export function rowHeightFor(rows: number, runs: number): number {
  const room = runs > 1 ? USUAL_OF_MANY : USUAL;
  return Math.max(2, Math.min(16, Math.round(room / Math.max(1, rows))));
}

/** Returns the layout of `rows` in `width` pixels, where `runs` heatmaps share the page. */
export function heatLayout(width: number, rows: readonly string[], runs: number): HeatLayout {
  const rowHeight = rowHeightFor(rows.length, runs);
  const longest = rows.reduce((most, { length }) => Math.max(most, length), 0);
  const left = Math.round(Math.min(190, 0.24 * width, 24 + LETTER * longest));
  const plotHeight = rows.length * rowHeight;
  const height = STRIP + plotHeight + AXIS;
  return { left, top: STRIP, width: width - left - 8, rowHeight, plotHeight, height };
}

/** A heatmap ready to be painted. */
export interface HeatScene {
  readonly layout: HeatLayout;
  readonly rows: readonly string[];
  readonly image: HTMLCanvasElement;
  readonly entries: readonly Entry[];
  readonly span: Span;
  /** Index in `entries` of what the scrubber shows; -1: nothing yet. */
  readonly here: number;
  readonly selected: string | null;
  readonly alerts: readonly PlacedAlert[];
  /** A stretch that is being dragged over. */
  readonly dragged: readonly [number, number] | null;
  readonly theme: Theme;
}

export interface PlacedAlert {
  readonly alert: Alert;
  /** Where it began. */
  readonly place: number;
  /** Where it was cleared; null while it lasts. */
  readonly end: number | null;
  readonly row: string;
}

/** Returns the x of a place on the time axis. */
export function xOf({ left, width }: HeatLayout, span: Span, place: number): number {
  return left + ((place - span.from) / (span.to - span.from)) * width;
}

/** Returns the place on the time axis at `x`. */
export function placeAt({ left, width }: HeatLayout, span: Span, x: number): number {
  return span.from + ((x - left) / width) * (span.to - span.from);
}

/** Returns the index of the row at `y`; -1 outside. */
export function rowAt({ top, rowHeight, plotHeight }: HeatLayout, y: number): number {
  return y < top || y >= top + plotHeight ? -1 : Math.floor((y - top) / rowHeight);
}

/** Whether `y` lies on the timeline of alerts. */
export function isOnStrip({ top }: HeatLayout, y: number): boolean {
  return y < top;
}

/** Returns the entry shown at `place`: the last one that begins at or before it. */
export function entryAt(entries: readonly Entry[], span: Span, place: number): Entry | null {
  const i = entries.findLastIndex((entry) => entry.place <= place);
  return i >= 0 && place < endOf(entries, i, span) ? entries[i] : null;
}

export function paintHeat(to: Context, scene: HeatScene): void {
  const { layout, span, theme, image } = scene;
  const { left, top, width, plotHeight } = layout;
  to.fillStyle = theme.ground;
  to.fillRect(left, top, width, plotHeight);
  hatch(to, theme.track, left, top, width, plotHeight);
  to.imageSmoothingEnabled = false;
  to.drawImage(image, 0, 0, image.width, image.height, left, top, width, plotHeight);
  paintLabels(to, scene);
  paintAlerts(to, scene);
  paintMarkers(to, scene);
  timeAxis(to, span, { left, width, y: top + plotHeight }, theme);
}

function paintLabels(to: Context, { layout, rows, selected, theme }: HeatScene): void {
  const { left, top, rowHeight } = layout;
  to.textAlign = "right";
  to.textBaseline = "middle";
  const chosen = selected === null ? -1 : rows.indexOf(selected);
  const middle = (row: number) => top + (row + 0.5) * rowHeight;
  to.font = FONT;
  to.fillStyle = theme.mute;
  for (const { row, text } of rowLabels(rows, rowHeight, LABEL + 1)) {
    const hidden = chosen >= 0 && Math.abs(middle(row) - middle(chosen)) < LABEL;
    if (!hidden) to.fillText(fitEnd(to, text, left - 12), left - 8, middle(row));
  }
  if (chosen < 0) return;
  to.font = `600 ${FONT}`;
  to.fillStyle = theme.accent;
  to.fillText(fitEnd(to, rows[chosen], left - 12), left - 8, middle(chosen));
}

function paintMarkers(to: Context, scene: HeatScene): void {
  const { layout, span, entries, here, rows, selected, theme, dragged } = scene;
  const { left, top, width, rowHeight, plotHeight } = layout;
  to.save();
  to.beginPath();
  to.rect(left, 0, width, top + plotHeight + 1);
  to.clip();
  to.strokeStyle = theme.accent;
  to.lineWidth = 1.5;
  const row = selected === null ? -1 : rows.indexOf(selected);
  if (row >= 0) to.strokeRect(left - 4, top + row * rowHeight, width + 8, rowHeight);
  if (here >= 0) {
    const from = xOf(layout, span, entries[here].place);
    const upTo = xOf(layout, span, endOf(entries, here, span));
    if (upTo - from > 6) to.strokeRect(from, top - 3, upTo - from, plotHeight + 6);
    else segment(to, (from + upTo) / 2, top - 3, (from + upTo) / 2, top + plotHeight);
  }
  if (dragged) {
    to.fillStyle = theme.accent;
    to.globalAlpha = 0.25;
    to.fillRect(Math.min(...dragged), top, Math.abs(dragged[1] - dragged[0]), plotHeight);
  }
  to.restore();
}

const MARK = 5; // pixels from an alert's middle to its edges

function paintAlerts(to: Context, { layout, span, alerts, rows, theme }: HeatScene): void {
  const { left, top, width, rowHeight } = layout;
  to.strokeStyle = theme.line;
  to.lineWidth = 1;
  segment(to, left, top - 8.5, left + width, top - 8.5);
  for (const each of alerts) paintLasting(to, layout, span, each, theme);
  const places = new Map(rows.map((row, i) => [row, i]));
  for (const { alert, place, row } of alerts) {
    const x = xOf(layout, span, place);
    if (x < left - MARK || x > left + width + MARK) continue;
    to.fillStyle = isGrave(alert.rule) ? theme.bad : theme.warn;
    diamond(to, x, top - 9, MARK);
    const at = places.get(row);
    if (at !== undefined) {
      to.fillRect(x - 1, top + at * rowHeight, Math.max(3, 0.4 * rowHeight), rowHeight);
    }
  }
}

const BAR = 4; // pixels of height

/** The bar from where an alert began to where it was cleared. */
function paintLasting(
  to: Context,
  layout: HeatLayout,
  span: Span,
  placed: PlacedAlert,
  theme: Theme,
): void {
  const { from, upTo } = lastingOf(layout, span, placed);
  if (upTo <= from) return;
  to.fillStyle = isGrave(placed.alert.rule) ? theme.bad : theme.warn;
  to.fillRect(from, layout.top - 9 - BAR / 2, upTo - from, BAR);
}

/** Returns the stretch of the strip over which an alert lasts, in pixels. */
export function lastingOf(layout: HeatLayout, span: Span, { place, end }: PlacedAlert) {
  const { left, width } = layout;
  const within = (x: number) => Math.max(left, Math.min(left + width, x));
  const upTo = end === null ? left + width : xOf(layout, span, end);
  return { from: within(xOf(layout, span, place)), upTo: within(upTo) };
}

function diamond(to: Context, x: number, y: number, size: number): void {
  to.beginPath();
  to.moveTo(x, y - size);
  to.lineTo(x + size, y);
  to.lineTo(x, y + size);
  to.lineTo(x - size, y);
  to.fill();
}

/** Returns the alerts under the pointer on the timeline: that began near it, else that last. */
export function alertsAt({ layout, span, alerts }: HeatScene, x: number): readonly PlacedAlert[] {
  const away = ({ place }: PlacedAlert) => Math.abs(xOf(layout, span, place) - x);
  const nearest = Math.min(...alerts.map(away));
  if (nearest <= 2 * MARK) return alerts.filter((alert) => away(alert) === nearest);
  return alerts.filter((alert) => {
    const { from, upTo } = lastingOf(layout, span, alert);
    return from <= x && x < upTo;
  });
}
