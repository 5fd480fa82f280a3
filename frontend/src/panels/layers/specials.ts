/** A histogram as bars on an axis, and the values that have no place on one. */
import { type BinKind, binAt, type Histogram } from "../../histograms";
import type { Axis } from "./density";

/** Neighbouring bins drawn as one: of a width of their own, with an area that is their count. */
export interface Bar {
  /** In cells of the axis. */
  readonly from: number;
  readonly upTo: number;
  /** Count per cell. */
  readonly density: number;
  readonly count: number;
  readonly bins: readonly number[];
}

/** Returns the bars of the normal numbers; those too small for the axis share one on each side. */
export function barsOf({ bins, counts, mantissaBits }: Histogram, axis: Axis): Bar[] {
  const bars = new Map<string, { from: number; upTo: number; count: number; bins: number[] }>();
  bins.forEach((bin, i) => {
    const { kind, low, high } = binAt(bin, mantissaBits);
    if (kind !== "positive" && kind !== "negative") return;
    const [from, upTo] = placesOf(axis, low, high);
    const key = `${from} ${upTo}`;
    const known = bars.get(key) ?? { from, upTo, count: 0, bins: [] };
    known.count += counts[i];
    known.bins.push(bin);
    bars.set(key, known);
  });
  return [...bars.values()]
    .filter(({ from, upTo }) => upTo > 0 && from < axis.cells)
    .map((bar) => ({ ...bar, density: bar.count / (bar.upTo - bar.from || 1) }));
}

function placesOf(axis: Axis, low: number, high: number): [number, number] {
  const [from, upTo] = [axis.place(low), axis.place(high)];
  const [begin, end] = axis.middle;
  if (upTo > from && (upTo <= begin || from >= end || axis.place(0) === 0)) return [from, upTo];
  if (upTo > from && from >= begin && upTo <= end) return [from, upTo];
  const half = (begin + end) / 2;
  if (from >= begin && upTo <= end) return low < 0 ? [begin, half] : [half, end];
  return [from >= begin && from < end ? end : from, upTo > begin && upTo <= end ? begin : upTo];
}

/** Returns the bar at a place of the axis. */
export function barAt(bars: readonly Bar[], cell: number): Bar | null {
  return bars.find(({ from, upTo }) => cell >= from && cell < upTo) ?? null;
}

const NAMES: Partial<Record<BinKind, string>> = {
  zero: "zero",
  "negative subnormal": "subnormal",
  "positive subnormal": "subnormal",
  NaN: "NaN",
  "-infinity": "−∞",
  infinity: "+∞",
};

/** Returns how many values are zero, and how many of every other special case there are. */
export function specialsOf({ bins, counts, mantissaBits }: Histogram) {
  const sums = new Map<string, number>([["zero", 0]]);
  bins.forEach((bin, i) => {
    const name = NAMES[binAt(bin, mantissaBits).kind];
    if (name) sums.set(name, (sums.get(name) ?? 0) + counts[i]);
  });
  return [...sums].map(([name, each]) => ({ name, count: each }));
}
