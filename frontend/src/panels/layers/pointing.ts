/** What the pointer means on a heatmap. */
import { count } from "../../format";
import { epochWords } from "../../moments";
import { jumpTo, select } from "./actions";
import { ruleName } from "./alerts";
import type { Spot } from "./Canvas";
import { exact } from "./draw";
import type { Grid } from "./grid";
import {
  alertsAt,
  entryAt,
  type HeatScene,
  isOnStrip,
  type PlacedAlert,
  placeAt,
  rowAt,
} from "./heat";
import { statistic } from "./model";
import type { TooltipText } from "./Tooltip";
import type { Track } from "./tracks";

/** Chooses what is under the pointer: a row and a record, or the alerts. */
export function pick(track: Track, scene: HeatScene, { x, y }: Spot): void {
  if (isOnStrip(scene.layout, y)) {
    const [first] = alertsAt(scene, x);
    if (first) jumpTo(first.alert);
    return;
  }
  const row = scene.rows[rowAt(scene.layout, y)];
  if (row === undefined) return;
  const { layout, span: now, entries } = scene;
  const entry = x < layout.left ? null : entryAt(entries, now, placeAt(layout, now, x));
  const step = entry && entry.index >= 0 ? track.readings[entry.index].step : null;
  select(track, row, step);
}

/** Returns what the tooltip says of a spot: a cell, a row's name, or the alerts. */
export function told(track: Track, grid: Grid, scene: HeatScene, spot: Spot): TooltipText | null {
  const { layout, span: now, entries } = scene;
  if (isOnStrip(layout, spot.y)) {
    const found = alertsAt(scene, spot.x);
    return found.length > 0 ? alertText(found) : null;
  }
  const row = scene.rows[rowAt(layout, spot.y)];
  if (row === undefined) return null;
  if (spot.x < layout.left) return { title: row, facts: [] };
  const entry = entryAt(entries, now, placeAt(layout, now, spot.x));
  if (!entry) return { title: row, facts: [["here", "not recorded, or no longer kept"]] };
  return { title: row, facts: cellFacts(track, grid, row, entry.index) };
}

function cellFacts(
  { readings }: Track,
  { places, values, width }: Grid,
  row: string,
  index: number,
): [string, string][] {
  if (index < 0) return [["recorded", "nothing: see the notes"]];
  const { step, epoch } = readings[index];
  const place = places.get(row);
  const value = place === undefined ? Number.NaN : values[place * width + index];
  return [
    [statistic.value?.label ?? "value", exact(value)],
    ["step", count(step)],
    ["epoch", epochWords(epoch).replace("epoch ", "")],
  ];
}

const NAMED = 6; // alerts told one by one

function alertText(found: readonly PlacedAlert[]): TooltipText {
  const rules = [...new Set(found.map(({ alert }) => ruleName(alert.rule)))];
  const since = Math.min(...found.map(({ alert }) => alert.since));
  const messages = found.slice(0, NAMED).map(({ alert }) => `${alert.layer}: ${alert.message}`);
  const more = found.length - NAMED;
  return {
    title: `${rules.join(", ")} since step ${count(since)}`,
    facts: [],
    lines: more > 0 ? [...messages, `and ${more} more`] : messages,
  };
}
