/** Every measure of every method at every recorded moment, as a table. */
import { type Cell, csvDownload } from "../../../csv";
import type { Download, PanelContext } from "../../../types";
import { controlOf, type Mean, meanOf, measuredIn } from "./measured";

export const HEADER = [
  "run",
  "epoch",
  "step",
  "target",
  "method",
  "measure",
  "mean",
  "standard_deviation",
  "samples",
  "unit",
  "better",
  "verdict",
] as const;

/** Returns null where nothing was measured. */
export function csv(context: PanelContext): Download | null {
  const rows = [...rowsOf(context)];
  return rows.length > 0 ? csvDownload("attributions-quality.csv", HEADER, rows) : null;
}

export function* rowsOf({ series, runs }: PanelContext): Generator<Cell[]> {
  for (const measured of runs.value.flatMap((run) => measuredIn(series.value, run))) {
    const { run, epoch, step, target, methods, measures, verdicts } = measured;
    for (const [s, { name: measure, unit, better }] of measures.entries()) {
      const row = (method: string, mean: Mean | null): Cell[][] => {
        const verdict = verdicts.find((each) => each.method === method && each.measure === measure);
        const figures = mean && [mean.mean, mean.deviation, mean.samples];
        const about = [run, epoch, step, target, method, measure];
        return figures ? [[...about, ...figures, unit, better, verdict?.message ?? null]] : [];
      };
      for (const [m, { name }] of methods.entries()) yield* row(name, meanOf(measured, m, s));
      yield* row("random order", controlOf(measured, s));
    }
  }
}
