/** From a statistic's values to places on a colour bar. */
import type { StatisticScale } from "./tables";

export interface ValueScale {
  readonly logarithmic: boolean;
  /** Whether zero lies in the middle of the bar. */
  readonly signed: boolean;
  readonly low: number;
  readonly high: number;
}

/** The lowest share of the values that a logarithmic scale may leave out at its lower end. */
const LOWEST = 0.005;
const SAMPLED = 20_000; // values looked at for a quantile
/** Decades that a logarithmic scale of signed values shows on either side of zero. */
const SIGNED_DECADES = 6;

/** Returns the scale that holds the finite ones of all `values`. */
export function scaleOf(
  values: readonly Float32Array[],
  scale: StatisticScale,
  logarithmic: boolean,
): ValueScale {
  const { low, high } = extent(values);
  if (scale === "signed" || low < 0) {
    const peak = Math.max(Math.abs(low), Math.abs(high)) || 1;
    return { logarithmic, signed: true, low: -peak, high: peak };
  }
  if (!logarithmic) {
    return { logarithmic, signed: false, low: 0, high: scale === "fraction" ? 1 : high || 1 };
  }
  const top = high > 0 ? high : 1;
  const bottom = Math.min(lowestOf(values) ?? top, top);
  return { logarithmic, signed: false, low: bottom < top ? bottom : top / 10, high: top };
}

function extent(values: readonly Float32Array[]): { low: number; high: number } {
  let low = Infinity;
  let high = -Infinity;
  for (const part of values) {
    for (const value of part) {
      if (value < low && value > -Infinity) low = value;
      if (value > high && value < Infinity) high = value;
    }
  }
  return low <= high ? { low, high } : { low: 0, high: 0 };
}

/** A low quantile of the values above zero: one stray tiny value must not flatten all others. */
function lowestOf(values: readonly Float32Array[]): number | undefined {
  const count = values.reduce((sum, part) => sum + part.length, 0);
  const stride = Math.max(1, Math.floor(count / SAMPLED));
  const above: number[] = [];
  for (const part of values) {
    for (let i = 0; i < part.length; i += stride) {
      if (part[i] > 0 && part[i] < Infinity) above.push(part[i]);
    }
  }
  // Typed arrays are sorted ten times as fast as others.
  return Float64Array.from(above).sort()[Math.floor(LOWEST * above.length)];
}

/** Returns where a finite `value` lies on the bar, from 0 to 1. */
export function placeOn({ logarithmic, signed, low, high }: ValueScale, value: number): number {
  if (signed) {
    const share = Math.min(1, Math.abs(value) / high);
    const away = logarithmic ? Math.max(0, 1 + Math.log10(share) / SIGNED_DECADES) : share;
    return 0.5 + 0.5 * Math.sign(value) * away;
  }
  if (value <= low) return 0;
  const share = logarithmic
    ? Math.log(value / low) / Math.log(high / low)
    : (value - low) / (high - low);
  return Math.min(1, share);
}

/** Returns the value at `place` of the bar. */
export function valueOn({ logarithmic, signed, low, high }: ValueScale, place: number): number {
  if (!signed) return logarithmic ? low * (high / low) ** place : low + place * (high - low);
  const away = 2 * Math.abs(place - 0.5);
  const share = logarithmic ? (away === 0 ? 0 : 10 ** ((away - 1) * SIGNED_DECADES)) : away;
  return Math.sign(place - 0.5) * share * high;
}

/** Whether a statistic is drawn on a logarithmic scale when nobody chose. */
export function isLogarithmic(scale: StatisticScale): boolean {
  return scale === "log";
}
