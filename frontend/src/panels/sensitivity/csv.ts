/** Everything that was measured of the shown edit, as a table. */
import { type Cell, csvDownload } from "../../csv";
import type { Download } from "../../types";
import { edit, rows, tracks } from "./model";
import type { Measure, Reading } from "./readings";
import { MEASURES } from "./words";

const COLUMNS = [
  ...["run", "monitor", "edit", "epoch", "step", "source", "samples", "unit", "level", "measure"],
  ...["value", "standard error", "parameters", "macs"],
];

/** Returns a line for each run, record, unit, level and measure that there is a value of. */
export function csv(): Download | null {
  if (tracks.value.length === 0) return null;
  return csvDownload(`explain-sensitivity-${edit.value.replace(":", "-")}.csv`, COLUMNS, lines());
}

function* lines(): Generator<Cell[]> {
  for (const { run, monitor, edit: of, readings } of tracks.value) {
    for (const reading of readings) {
      const { epoch, step, estimate, mode, samples } = reading;
      const about = [run, monitor, of, epoch, step, estimate ?? `exact, ${mode}`, samples];
      for (const cells of cellsOf(reading)) yield [...about, ...cells];
    }
  }
}

function* cellsOf(reading: Reading): Generator<Cell[]> {
  const K = reading.levelNames.length;
  for (const name of rows.value) {
    const row = reading.places.get(name);
    if (row === undefined) continue;
    const { parameters, macs } = reading.units[row];
    for (const [level, levelName] of reading.levelNames.entries()) {
      for (const measure of MEASURES) {
        const figures = figuresOf(reading, measure, row * K + level);
        if (figures) yield [name, levelName, measure, ...figures, parameters, macs];
      }
    }
  }
}

function figuresOf(reading: Reading, measure: Measure, index: number): Cell[] | null {
  const value = reading.values[measure]?.[index] ?? Number.NaN;
  if (Number.isNaN(value)) return null;
  const error = reading.errors[measure]?.[index] ?? Number.NaN;
  const shown = Number.isFinite(value) ? value : "not finite";
  return [shown, Number.isFinite(error) ? error : null];
}
