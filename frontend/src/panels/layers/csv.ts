/** The shown statistic as a table. */
import { type Cell, csvDownload } from "../../csv";
import type { Download } from "../../types";
import type { Grid } from "./grid";
import { grids, rows, statistic, what } from "./model";
import type { Track } from "./tracks";

const COLUMNS = ["run", "monitor", "what", "statistic", "layer", "epoch", "step", "value"];

/** Returns a line for each run, layer and record; what is not defined has no value. */
export function csv(): Download | null {
  if (!statistic.value || grids.value.size === 0) return null;
  const { name } = statistic.value;
  return csvDownload(`explain-${what.value}-${name}.csv`, COLUMNS, lines(name));
}

function* lines(name: string): Generator<Cell[]> {
  for (const [track, grid] of grids.value) {
    for (const row of rows.value) yield* linesOf(track, grid, row, name);
  }
}

function* linesOf(track: Track, grid: Grid, row: string, name: string): Generator<Cell[]> {
  const place = grid.places.get(row);
  if (place === undefined) return;
  const { run, monitor, what: about, readings } = track;
  for (const [t, { epoch, step }] of readings.entries()) {
    const value = grid.values[place * grid.width + t];
    const cell = Number.isNaN(value) ? null : Number.isFinite(value) ? value : "not finite";
    yield [run, monitor, about, name, row, epoch, step, cell];
  }
}
