/** How densely values lie along an axis, from exact counts; area-correct. */
import { niceTicks } from "../../chart/scales";
import { binAt, type Histogram } from "../../histograms";

/** An axis of cells of equal width. */
export interface Axis {
  readonly cells: number;
  /** Whether equal ratios, not equal differences, are equally wide. */
  readonly logarithmic: boolean;
  /** The cells that hold zeros and whatever is too small for the axis: from, to. */
  readonly middle: readonly [number, number];
  /** Returns where a finite value lies, in cells. */
  place(value: number): number;
  /** Returns the value at a place. */
  value(place: number): number;
  readonly ticks: readonly number[];
}

/** Shares of the values beyond which a logarithmic axis does not reach down. */
const SMALL = 0.002;
const TAIL = 0.001; // share of values beyond either end of a linear axis
const OCTAVES = 36;
const LINEAR_CELLS = 96;

/** Returns the signed axis on which powers of two are equally wide. */
export function logAxis(histograms: readonly Histogram[]): Axis {
  const [lowest, highest] = octavesOf(histograms);
  const signed = histograms.some((histogram) => hasNegative(histogram));
  const per = histograms.every(({ mantissaBits }) => mantissaBits > 0) ? 2 : 1;
  const side = (highest - lowest + 1) * per;
  const begin = signed ? side : 0;
  const end = begin + per;
  const place = (value: number) => {
    const size = Math.abs(value);
    if (size < 2 ** lowest) return begin + per / 2;
    const away = Math.min(side, (Math.log2(size) - lowest) * per);
    return value > 0 ? end + away : begin - away;
  };
  const value = (at: number) => {
    if (at > end) return 2 ** ((at - end) / per + lowest);
    return at < begin ? -(2 ** ((begin - at) / per + lowest)) : 0;
  };
  const cells = end + side;
  return {
    cells,
    logarithmic: true,
    middle: [begin, end],
    place,
    value,
    ticks: decades(lowest, highest, signed),
  };
}

/** Exponents of the smallest and largest magnitudes to show. */
function octavesOf(histograms: readonly Histogram[]): [number, number] {
  const masses = new Map<number, number>();
  let total = 0;
  for (const { bins, counts, mantissaBits } of histograms) {
    bins.forEach((bin, i) => {
      const { kind, low, high } = binAt(bin, mantissaBits);
      if (kind !== "positive" && kind !== "negative") return;
      const octave = Math.floor(Math.log2(kind === "positive" ? low : -high));
      masses.set(octave, (masses.get(octave) ?? 0) + counts[i]);
      total += counts[i];
    });
  }
  const octaves = [...masses.keys()].sort((a, b) => a - b);
  const highest = octaves.at(-1) ?? 0;
  let below = 0;
  const lowest = octaves.find((octave) => {
    below += masses.get(octave) ?? 0;
    return below > SMALL * total;
  });
  return [Math.max(lowest ?? highest - 1, highest - OCTAVES + 1), highest];
}

function hasNegative({ bins, mantissaBits }: Histogram): boolean {
  return bins.some((bin) => binAt(bin, mantissaBits).kind === "negative");
}

function decades(lowest: number, highest: number, signed: boolean): number[] {
  const [from, to] = [lowest, highest + 1].map((octave) => octave * Math.log10(2));
  const sizes: number[] = [];
  for (let k = Math.ceil(from); k <= Math.floor(to); k++) sizes.push(10 ** k);
  return [...(signed ? sizes.map((size) => -size).reverse() : []), 0, ...sizes];
}

/** Returns the axis on which equal differences are equally wide; some tails lie beyond it. */
export function linearAxis(histograms: readonly Histogram[]): Axis {
  const [low, high] = rangeOf(histograms);
  const width = high - low;
  const place = (value: number) => ((value - low) / width) * LINEAR_CELLS;
  const zero = Math.floor(place(0));
  return {
    cells: LINEAR_CELLS,
    logarithmic: false,
    middle: [zero, zero + 1],
    place,
    value: (at) => low + (at / LINEAR_CELLS) * width,
    ticks: niceTicks([low, high], 6),
  };
}

function rangeOf(histograms: readonly Histogram[]): [number, number] {
  let low = 0;
  let high = 0;
  for (const { bins, counts, mantissaBits } of histograms) {
    const finite = bins
      .map((bin, i) => ({ ...binAt(bin, mantissaBits), count: counts[i] }))
      .filter((bin) => Number.isFinite(bin.low));
    const total = finite.reduce((sum, { count }) => sum + count, 0);
    low = Math.min(low, quantileEdge(finite, TAIL * total)?.low ?? 0);
    high = Math.max(high, quantileEdge(finite.reverse(), TAIL * total)?.high ?? 0);
  }
  return low < high ? [low, high] : [-1, 1];
}

function quantileEdge<T extends { count: number }>(bins: readonly T[], beyond: number) {
  let sum = 0;
  return bins.find(({ count }) => {
    sum += count;
    return sum > beyond;
  });
}

/** Returns the share of all values in each cell of `axis`; those not finite lie in none. */
export function densityOf(histogram: Histogram, axis: Axis): Float32Array {
  const shares = new Float32Array(axis.cells);
  const { bins, counts, mantissaBits } = histogram;
  const total = counts.reduce((sum, value) => sum + value, 0) || 1;
  bins.forEach((bin, i) => {
    const { low, high } = binAt(bin, mantissaBits);
    if (!Number.isFinite(low)) return;
    const [from, to] = extentOn(axis, low, high);
    spread(shares, from, to, counts[i] / total);
  });
  return shares;
}

/** Returns where a bin begins and ends; zeros, and what is too small to place, fill the middle. */
export function extentOn(axis: Axis, low: number, high: number): readonly [number, number] {
  const [begin, end] = axis.middle;
  const [from, to] = [axis.place(low), axis.place(high)];
  if (low === high) return axis.middle;
  return axis.logarithmic && from >= begin && to <= end ? axis.middle : [from, to];
}

/** Adds `mass` to the cells between two places, by how much of each lies between them. */
function spread(shares: Float32Array, from: number, to: number, mass: number): void {
  const width = to - from;
  if (!(width > 0)) return;
  for (let k = Math.max(0, Math.floor(from)); k < Math.min(shares.length, Math.ceil(to)); k++) {
    shares[k] += (mass * (Math.min(to, k + 1) - Math.max(from, k))) / width;
  }
}
