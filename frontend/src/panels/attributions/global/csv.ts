/** Summaries of every run and moment as a table: a row for each feature or token. */
import { type Cell, csvDownload } from "../../../csv";
import { className } from "../../../samples";
import type { Download, PanelContext } from "../../../types";
import { modelOf } from "../model";
import type { Space } from "../settings";
import { intervalOf } from "./Importance";
import { choicesOf, chosenKey, runSummaries } from "./model";
import type { Summary } from "./summary";

export const HEADER = [
  ...["run", "epoch", "step", "method", "target", "samples", "class", "of"],
  ...["mean_abs", "low_95", "high_95", "mean", "count", "unit", "epsilon_spent"],
];

/** Returns null where there is no summary of features or tokens. */
export function csv(context: PanelContext, space: Space): Download | null {
  const rows = [...rowsOf(context, space)];
  return rows.length > 0 ? csvDownload("attributions-overall.csv", HEADER, rows) : null;
}

export function* rowsOf(context: PanelContext, space: Space): Generator<Cell[]> {
  const model = modelOf(context, space);
  const runs = runSummaries(context, model, chosenKey(choicesOf(context, model)));
  for (const summary of runs.flatMap(({ all }) => all)) {
    yield* featureRows(summary);
    yield* tokenRows(summary);
  }
}

function about({ run, epoch, step, title, target, samples }: Summary): Cell[] {
  return [run, epoch, step, title, target, samples];
}

function* featureRows(summary: Summary): Generator<Cell[]> {
  const spent = summary.privacy?.spent_epsilon ?? null;
  for (const [f, { name }] of summary.table?.features.entries() ?? []) {
    const [low, high] = intervalOf(summary, f) ?? [null, null];
    const mean = summary.table?.meanAbs[f] ?? null;
    yield [...about(summary), null, name, mean, low, high, null, null, summary.unit, spent];
  }
}

function* tokenRows(summary: Summary): Generator<Cell[]> {
  for (const { class: known, token, mean, count } of summary.tokens ?? []) {
    const name = className(summary.classNames, known);
    const figures = [null, null, null, Number(mean), count, summary.unit, null];
    yield [...about(summary), name, token, ...figures];
  }
}
