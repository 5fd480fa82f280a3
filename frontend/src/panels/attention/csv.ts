/** The statistics of every head as a table. */
import { type Cell, csvDownload } from "../../csv";
import type { Download, PanelContext } from "../../types";
import { headValues } from "./headLines";
import { modelOf } from "./model";
import { layersOf, type RunRecords } from "./records";

export const HEADER = [
  "run",
  "epoch",
  "step",
  "layer",
  "head",
  "entropy_nats",
  "distance",
  "first_token_share",
] as const;

/** Returns one row per run, record, layer and head. */
export function csv(context: PanelContext): Download | null {
  const runs = modelOf(context).runs.value;
  if (runs.every(({ statistics }) => statistics.length === 0)) return null;
  return csvDownload("attention.csv", HEADER, headRows(runs));
}

export function* headRows(runs: readonly RunRecords[]): Generator<Cell[]> {
  for (const { run, statistics } of runs) {
    for (const record of statistics) {
      for (const { name, heads } of layersOf(record)) {
        const values = (["entropy", "distance", "first"] as const).map((statistic) =>
          headValues(record, statistic, name),
        );
        for (let head = 0; head < heads; head++) {
          const cells = values.map((value) => value?.[head] ?? null);
          yield [run, record.epoch, record.step, name, head, ...cells];
        }
      }
    }
  }
}
