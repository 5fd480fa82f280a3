/** Which rows are shown, in which order. */

export type Sort = "depth" | "name" | "value";

/**
 * Returns whether a name matches `pattern`: with `*` or `?` as a glob of the whole name or of one
 * that the name goes on from, else as text anywhere in it; case does not matter.
 */
export function matcher(pattern: string): (name: string) => boolean {
  const wanted = pattern.trim().toLowerCase();
  if (!/[*?]/.test(wanted)) return (name) => name.toLowerCase().includes(wanted);
  const source = wanted
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*+/g, ".*")
    .replaceAll("?", ".");
  const glob = new RegExp(`^${source}(\\..*)?$`);
  return (name) => glob.test(name.toLowerCase());
}

/** Returns `rows`, which are in order of depth, as filtered and sorted. */
export function shownRows(
  rows: readonly string[],
  filter: string,
  sort: Sort,
  valueAt: (row: string) => number,
): readonly string[] {
  const kept = filter.trim() === "" ? rows : rows.filter(matcher(filter));
  if (sort === "depth") return kept;
  if (sort === "name") return [...kept].sort(byName);
  const values = new Map(kept.map((row) => [row, rank(valueAt(row))]));
  return [...kept].sort((a, b) => (values.get(b) ?? 0) - (values.get(a) ?? 0));
}

const COLLATOR = new Intl.Collator("en", { numeric: true });
const byName = (a: string, b: string) => COLLATOR.compare(a, b);

/** Infinite values come first, undefined ones last. */
function rank(value: number): number {
  if (Number.isNaN(value)) return -Number.MAX_VALUE;
  return Number.isFinite(value) ? value : Number.MAX_VALUE;
}

/** Returns the row that stands for `name` among `rows`: itself, what it is in, what is in it. */
export function nearestRow(rows: readonly string[], name: string | null): string | null {
  if (name !== null) {
    if (rows.includes(name)) return name;
    const around = rows.filter((row) => name.startsWith(`${row}.`));
    const inside = rows.find((row) => row.startsWith(`${name}.`));
    const nearest = around.sort((a, b) => b.length - a.length)[0] ?? inside;
    if (nearest !== undefined) return nearest;
  }
  return rows[0] ?? null;
}

/** A name written where a row begins. */
export interface RowLabel {
  readonly row: number;
  readonly text: string;
}

/**
 * Returns the names to write beside `rows` of `height` pixels, at least `apart` pixels apart.
 *
 * Where not every row has room, those are named that open a part of the model: first the
 * outermost parts, then, as room remains, the parts inside.
 */
export function rowLabels(rows: readonly string[], height: number, apart: number): RowLabel[] {
  if (height >= apart) return rows.map((text, row) => ({ row, text }));
  const distance = Math.ceil(apart / height);
  const taken = new Map<number, string>();
  const parts = rows.map((row) => row.split("."));
  const deepest = Math.max(0, ...parts.map(({ length }) => length));
  for (let depth = 1; depth <= deepest; depth++) {
    const opening = (row: number) => parts[row].slice(0, depth).join(".");
    const opens = rows.flatMap((_, row) =>
      parts[row].length >= depth && (row === 0 || opening(row) !== opening(row - 1)) ? [row] : [],
    );
    const around = (row: number) => parts[row].slice(0, depth - 1).join(".");
    const told = new Set<string>(); // what has parts that are named
    for (const row of opens) {
      if (!isFree(taken, row, distance)) continue;
      taken.set(row, opening(row));
      told.add(around(row));
    }
    // The first of several parts carries the name of what is around it: it is told like the others.
    for (const row of opens) {
      if (taken.has(row) && told.has(around(row))) taken.set(row, opening(row));
    }
  }
  return [...taken].map(([row, text]) => ({ row, text })).sort((a, b) => a.row - b.row);
}

function isFree(taken: ReadonlyMap<number, string>, row: number, distance: number): boolean {
  for (let near = row - distance + 1; near < row + distance; near++) {
    if (taken.has(near)) return false;
  }
  return true;
}
