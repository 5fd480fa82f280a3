/** How much more, or less, a part of the model can be cut at B than at A. Pure. */
import {
  curveOf,
  type Edit,
  errorsOf,
  isIndistinct,
  type Measure,
  type Reading,
  type Track,
} from "../../sensitivity/readings";
import type { End } from "../ends";

/** One unit at one level. */
export interface Cell {
  readonly before: number;
  readonly after: number;
  readonly change: number;
  /** Standard error of the change; NaN where one was not measured. */
  readonly error: number;
  /** It can't be told from no change. */
  readonly indistinct: boolean;
}

export interface UnitChange {
  readonly unit: string;
  /** By level; null where one end has no value. */
  readonly cells: readonly (Cell | null)[];
  /** The largest |change| that can be told from none, else 0. */
  readonly size: number;
}

/** One kind of edit that both ends were scanned for. */
export interface EditPair {
  readonly edit: Edit;
  readonly measure: Measure;
  readonly a: Reading;
  readonly b: Reading;
  /** Those that both have. */
  readonly levels: readonly string[];
  /** Units that changed most first. */
  readonly units: readonly UnitChange[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
}

const MEASURES: readonly Measure[] = ["kl_batch", "kl"];

/** Returns the edits that both ends were scanned for; exact scans alone, if both have one. */
export function editPairs(tracks: readonly Track[], a: End, b: End): EditPair[] {
  const edits = [...new Set(tracks.map(({ edit }) => edit))];
  return edits.flatMap((edit) => {
    const [first, second] = [a, b].map((end) => readingsOf(tracks, edit, end));
    const exact = [first, second].every((all) => all.some(({ estimate }) => estimate === null));
    const [x, y] = [nearest(first, a.step, exact), nearest(second, b.step, exact)];
    return x && y ? (pairOf(edit, x, y) ?? []) : [];
  });
}

function readingsOf(tracks: readonly Track[], edit: Edit, { run }: End): Reading[] {
  const own = tracks.filter((track) => track.run === run && track.edit === edit);
  return own.flatMap(({ readings }) => readings).toSorted((x, y) => x.step - y.step);
}

/** Returns the newest at or before `step`; where there is none yet, the first. */
function nearest(all: readonly Reading[], step: number, exact: boolean): Reading | undefined {
  const fit = exact ? all.filter(({ estimate }) => estimate === null) : all;
  return fit.findLast((reading) => reading.step <= step) ?? fit[0];
}

function pairOf(edit: Edit, a: Reading, b: Reading): EditPair | null {
  const measure = MEASURES.find((each) => a.values[each] && b.values[each]);
  if (!measure) return null;
  const levels = a.levelNames.filter((name) => b.levelNames.includes(name));
  const shared = a.units.filter(({ name }) => b.places.has(name));
  const units = shared.map(({ name }) => unitChange(a, b, measure, name, levels));
  return {
    ...{ edit, measure, a, b, levels },
    units: units.toSorted((x, y) => y.size - x.size),
    onlyA: a.units.flatMap(({ name }) => (b.places.has(name) ? [] : [name])),
    onlyB: b.units.flatMap(({ name }) => (a.places.has(name) ? [] : [name])),
  };
}

function unitChange(
  a: Reading,
  b: Reading,
  measure: Measure,
  unit: string,
  levels: readonly string[],
): UnitChange {
  const valuesOf = (reading: Reading, level: string) => {
    const k = reading.levelNames.indexOf(level);
    const [curve, errors] = [curveOf(reading, measure, unit), errorsOf(reading, measure, unit)];
    return [curve[k] ?? Number.NaN, errors[k] ?? Number.NaN] as const;
  };
  const cells = levels.map((level) => cellOf(valuesOf(a, level), valuesOf(b, level)));
  const told = cells.map((cell) => (cell && !cell.indistinct ? Math.abs(cell.change) : 0));
  return { unit, cells, size: Math.max(0, ...told) };
}

type Measured = readonly [value: number, error: number];

/** The two were measured on their own: their errors add up in squares. */
function cellOf([before, e0]: Measured, [after, e1]: Measured): Cell | null {
  const change = after - before;
  if (!Number.isFinite(change)) return null;
  const error = Math.hypot(e0, e1);
  const known = Number.isNaN(error) ? undefined : error;
  return { before, after, change, error, indistinct: change === 0 || isIndistinct(change, known) };
}
