/** One statistic of every row at every record of a track. */
import { type Groups, groupsOf, type Level, mergedOrder } from "./groups";
import { hasNonfinite, rolledUp } from "./rollup";
import type { Table } from "./tables";
import type { Reading, Track } from "./tracks";

export interface Grid {
  /** Rows by depth. */
  readonly rows: readonly string[];
  readonly places: ReadonlyMap<string, number>;
  /** Records of the track. */
  readonly width: number;
  /** [rows, records]; NaN where the statistic is not defined, infinite where it is not finite. */
  readonly values: Float32Array;
}

/** Returns the grid of the statistic `name`. */
export function gridOf(track: Track, name: string, level: Level): Grid {
  const { readings, tables } = track;
  const groups = new Map(tables.map((table) => [table, groupsOf(table, level)]));
  const rows = mergedOrder([...groups.values()].map(({ names }) => names));
  const places = new Map(rows.map((row, i) => [row, i]));
  const width = readings.length;
  const values = new Float32Array(rows.length * width).fill(Number.NaN);
  const targets = new Map(
    [...groups].map(([table, { names }]) => [table, names.map((row) => places.get(row) as number)]),
  );
  readings.forEach((reading, t) => {
    const { members } = groups.get(reading.table) as Groups;
    const target = targets.get(reading.table) as number[];
    members.forEach((layers, i) => {
      values[target[i] * width + t] = valueIn(reading, layers, name);
    });
  });
  return { rows, places, width, values };
}

/**
 * Returns the statistic `name` of the row that `layers` make up.
 *
 * NaN stands for "not defined"; a NaN among values that are not finite becomes infinite, since
 * whoever reads it must take it for one of them.
 */
export function valueIn(
  { table, values }: Reading,
  layers: readonly number[],
  name: string,
): number {
  const column = table.columns.get(name);
  if (column === undefined) return Number.NaN;
  const value = rolledUp({ table, values, members: layers }, column);
  if (!Number.isNaN(value)) return value;
  return layers.some((layer) => hasNonfinite(table, values, layer)) ? Infinity : value;
}

/** Returns the layers of `table` in the row `name`. */
export function membersOf(table: Table, level: Level, name: string): readonly number[] {
  return groupsOf(table, level).byName.get(name) ?? [];
}
