/** A run's alerts in a few lines: one per rule; pure. */
import { count, plural } from "../../format";
import { type Alert, isGrave, ruleName } from "../layers/alerts";

export interface AlertLine {
  readonly run: string;
  readonly words: string;
  readonly grave: boolean;
  /** Whether none of them lasts. */
  readonly over: boolean;
  /** The alert to look at: the first that lasts, if any does. */
  readonly first: Alert;
}

/** Returns a line per run, rule and what it is about: those that last first, grave ones first. */
export function alertLines(alerts: readonly Alert[]): AlertLine[] {
  const groups = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const key = JSON.stringify([alert.run, alert.what, alert.rule]);
    groups.set(key, [...(groups.get(key) ?? []), alert]);
  }
  const rank = ({ over, grave }: AlertLine) => 2 * Number(over) - Number(grave);
  return [...groups.values()].map(lineOf).sort((a, b) => rank(a) - rank(b));
}

function lineOf(all: readonly Alert[]): AlertLine {
  const lasting = all.filter(({ cleared }) => cleared === null);
  const told = lasting.length > 0 ? lasting : all;
  const [{ run, rule, what }] = all;
  const layers = new Set(told.map(({ layer }) => layer)).size;
  const since = Math.min(...told.map((alert) => alert.since));
  const end = Math.max(...told.map(({ cleared }) => cleared ?? Number.NEGATIVE_INFINITY));
  const when =
    lasting.length > 0
      ? `since step ${count(since)}`
      : `from step ${count(since)}, over at step ${count(end)}`;
  const first = told.find((alert) => alert.since === since) ?? told[0];
  const words = `${plural(layers, "layer")}: ${ruleName(rule)} ${what} ${when}`;
  return { run, words, grave: isGrave(rule), over: lasting.length === 0, first };
}
