/** How the statistics of layers differ between A and B, matched by name. Pure. */
import { indexAtOrBefore } from "../../../moments";
import type { Layer, Statistic, Table, What } from "../../layers/tables";
import type { Reading, Track } from "../../layers/tracks";
import type { End } from "../ends";

/** One layer's value of one statistic at both ends. */
export interface LayerChange {
  readonly layer: string;
  readonly before: number;
  readonly after: number;
  /** How much it changed, by the statistic's scale: see `sizeOf`; NaN where one is not defined. */
  readonly size: number;
}

/** One statistic, over the layers that both ends have. */
export interface StatisticChange {
  readonly what: What;
  readonly statistic: Statistic;
  /** Those that changed most first. */
  readonly layers: readonly LayerChange[];
}

/** What the layers of one kind of record are compared by. */
export interface LayerPair {
  readonly what: What;
  readonly a: Reading;
  readonly b: Reading;
  readonly statistics: readonly StatisticChange[];
  readonly onlyA: readonly string[];
  readonly onlyB: readonly string[];
  /** Which records stand for ends that have none of their own yet; null where none do. */
  readonly note: string | null;
}

const WHATS: readonly What[] = ["gradients", "activations", "weights"];

/** Returns what both ends recorded of layers. */
export function layerPairs(tracks: readonly Track[], a: End, b: End): LayerPair[] {
  return WHATS.flatMap((what) => {
    const first = readingOf(tracks, what, a);
    const second = readingOf(tracks, what, b);
    if (!first || !second) return [];
    const notes = [lateWords("A", a, first), lateWords("B", b, second)].filter(Boolean);
    const note = notes.length > 0 ? `${TITLES[what]}: ${notes.join(" ")}` : null;
    return [{ ...pairOf(what, first, second), note }];
  });
}

export const TITLES: Readonly<Record<What, string>> = {
  gradients: "Gradients",
  activations: "Activations",
  weights: "Weights",
};

/** Says that a record is later than the end it stands for; "" where it is not. */
export function lateWords(name: string, end: End, used: { readonly step: number }): string {
  if (used.step <= end.step) return "";
  return `${name} has none at or before step ${end.step}; its first, of step ${used.step}, is used.`;
}

/** Returns an end's newest record; where it has none yet, the run's first. */
function readingOf(tracks: readonly Track[], what: What, { run, step }: End): Reading | null {
  const own = tracks.filter((track) => track.run === run && track.what === what);
  const readings = own.flatMap((track) => track.readings).toSorted((x, y) => x.step - y.step);
  return readings[Math.max(0, indexAtOrBefore(readings, step))] ?? null;
}

function pairOf(what: What, a: Reading, b: Reading): Omit<LayerPair, "note"> {
  const places = new Map(b.table.layers.map(({ name }, row) => [name, row]));
  const names = new Set(a.table.layers.map(({ name }) => name));
  const statistics = a.table.statistics.flatMap((statistic) => {
    if (!b.table.columns.has(statistic.name)) return [];
    const layers = a.table.layers.flatMap((layer, row) => {
      const other = places.get(layer.name);
      if (other === undefined) return [];
      const [before, after] = [valueIn(a, row, statistic), valueIn(b, other, statistic)];
      return [{ layer: layer.name, before, after, size: sizeOf(statistic, layer, before, after) }];
    });
    return [{ what, statistic, layers: layers.toSorted(byFallingSize) }];
  });
  return {
    ...{ what, a, b, statistics },
    onlyA: a.table.layers.flatMap(({ name }) => (places.has(name) ? [] : [name])),
    onlyB: b.table.layers.flatMap(({ name }) => (names.has(name) ? [] : [name])),
  };
}

function valueIn({ table, values }: Reading, row: number, { name }: Statistic): number {
  return values[row * table.statistics.length + columnOf(table, name)];
}

const columnOf = (table: Table, name: string) => table.columns.get(name) ?? -1;

function byFallingSize(x: LayerChange, y: LayerChange): number {
  const [a, b] = [x.size, y.size].map((size) => (Number.isNaN(size) ? -1 : size));
  return a === b ? 0 : b - a;
}

/**
 * Returns how much a statistic changed.
 *
 * Of those on a logarithmic scale in doublings (infinite from or to zero), of fractions the
 * difference, of dead units their share of the layer's, of others the difference.
 */
export function sizeOf(
  { name, scale }: Statistic,
  { shape }: Layer,
  before: number,
  after: number,
): number {
  if (before === after) return 0;
  if (scale === "log") return before < 0 || after < 0 ? Number.NaN : doublings(before, after);
  const change = Math.abs(after - before);
  return name === "dead" ? change / Math.max(1, shape[0] ?? 1) : change;
}

function doublings(before: number, after: number): number {
  return Math.abs(Math.log2(after / before));
}
