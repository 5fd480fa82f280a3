/** Dead units of one record, by row. */
import { groupName, type Level } from "./groups";
import type { Reading } from "./tracks";

interface DeadLayer {
  readonly name: string;
  /** Ascending. */
  readonly units: readonly number[];
}

/** Returns the layers with dead units, by the row that they are in. */
export function deadUnits({ dead, table }: Reading, level: Level): Map<string, DeadLayer[]> {
  const byLayer = new Map<number, number[]>();
  for (let i = 0; i < dead.length; i += 2) {
    const units = byLayer.get(dead[i]);
    if (units) units.push(dead[i + 1]);
    else byLayer.set(dead[i], [dead[i + 1]]);
  }
  const rows = new Map<string, DeadLayer[]>();
  for (const [index, units] of [...byLayer].sort(([a], [b]) => a - b)) {
    const { name } = table.layers[index];
    const row = groupName(name, table.what, level);
    const entry = { name, units: units.sort((a, b) => a - b) };
    rows.set(row, [...(rows.get(row) ?? []), entry]);
  }
  return rows;
}

const RANGES = 40; // ranges told; more would fill the column

/** "0-3, 7, 9-12". */
export function unitsInWords(units: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const unit of units) {
    const last = ranges.at(-1);
    if (last && unit === last[1] + 1) last[1] = unit;
    else ranges.push([unit, unit]);
  }
  const words = ranges.slice(0, RANGES).map(([a, b]) => (a === b ? `${a}` : `${a}–${b}`));
  return words.join(", ") + (ranges.length > RANGES ? ", …" : "");
}
