/** A histogram as bars on an axis, and the values that have no place on one. */
import { type BinKind, binAt, type Histogram } from "../../histograms";
import { type Axis, extentOn } from "./density";

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

/**
 * Returns the bars of the normal numbers.
 *
 * Bins that would be too narrow to see share a bar: on a linear axis neighbours, until it is a
 * cell wide; on a logarithmic one those too small for it, on each side of zero.
 */
export function barsOf({ bins, counts, mantissaBits }: Histogram, axis: Axis): Bar[] {
  const bars: { from: number; upTo: number; count: number; bins: number[] }[] = [];
  bins.forEach((bin, i) => {
    const { kind, low, high } = binAt(bin, mantissaBits);
    if (kind !== "positive" && kind !== "negative") return;
    const [from, upTo] = placesOf(axis, low, high);
    const last = bars.at(-1);
    if (last && belongs(last, from, upTo, axis)) {
      last.upTo = upTo;
      last.count += counts[i];
      last.bins.push(bin);
    } else bars.push({ from, upTo, count: counts[i], bins: [bin] });
  });
  return bars
    .filter(({ from, upTo }) => upTo > 0 && from < axis.cells)
    .map((bar) => ({ ...bar, density: bar.count / (bar.upTo - bar.from || 1) }));
}

function belongs(last: { from: number; upTo: number }, from: number, upTo: number, axis: Axis) {
  if (axis.logarithmic) return last.from === from && last.upTo === upTo;
  return last.upTo - last.from < 1 && upTo - last.from <= 1.5;
}

/** Below what a logarithmic axis reaches, each sign has half of the middle. */
function placesOf(axis: Axis, low: number, high: number): readonly [number, number] {
  const [begin, end] = extentOn(axis, low, high);
  if (!axis.logarithmic || begin !== axis.middle[0] || end !== axis.middle[1]) return [begin, end];
  const half = (begin + end) / 2;
  return low < 0 ? [begin, half] : [half, end];
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
