/** From values to places along an axis, and where its ticks are; pure. */
import { isDrawable, type Line } from "./line";

export interface Scale {
  readonly ticks: readonly number[];
  /** Returns the place of a value, in pixels. */
  place(value: number): number;
  /** Returns the value at a place. */
  valueAt(place: number): number;
}

export type Span = readonly [low: number, high: number];

/** Returns the steps' smallest of 1, 2 and 5 times a power of ten that is at least `least`. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((step) => step * power >= least * (1 - 1e-9)) ?? 10);
}

/** Returns multiples of a nice step within the span, at most about `most`. */
export function niceTicks([low, high]: Span, most: number, leastStep = 0): number[] {
  const step = niceStep(Math.max(leastStep, (high - low) / Math.max(1, most)));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Dividing by the inverse keeps 0.3 from becoming 0.30000000000000004.
  const inverse = Math.round(1 / step);
  const tick = (i: number) => (step < 1 ? i / inverse : i * step);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => tick(first + i));
}

/** Over a smaller ratio than this, powers of ten alone would be too few ticks. */
const FEW_POWERS = 60;

/** Returns powers of ten within the span; where there are few, 2 and 5 times them as well. */
export function logTicks([low, high]: Span, most: number): number[] {
  const from = Math.floor(Math.log10(low));
  const upTo = Math.ceil(Math.log10(high));
  const stride = Math.max(1, Math.ceil((upTo - from) / Math.max(1, most)));
  const powers = Array.from({ length: upTo - from + 1 }, (_, i) => from + i);
  const factors = high / low < FEW_POWERS ? [1, 2, 5] : [1];
  return powers
    .filter((power) => power % stride === 0)
    .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
    .filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
}

/** Returns a scale on which equal distances are equal differences. */
export function linearScale([low, high]: Span, [from, to]: Span, ticks: readonly number[]): Scale {
  const factor = (to - from) / (high - low || 1);
  return {
    ticks,
    place: (value) => from + (value - low) * factor,
    valueAt: (place) => low + (place - from) / factor,
  };
}

/** Returns a scale on which equal distances are equal ratios. */
export function logScale([low, high]: Span, pixels: Span, ticks: readonly number[]): Scale {
  const linear = linearScale([Math.log(low), Math.log(high)], pixels, []);
  return {
    ticks,
    place: (value) => linear.place(Math.log(value)),
    valueAt: (place) => Math.exp(linear.valueAt(place)),
  };
}

/** Returns the extent of all x of `lines`; of one moment alone, it stands in the middle. */
export function spanOfPlaces(lines: readonly Line[]): Span {
  const xs = lines.flatMap(({ x }) => [x[0], x[x.length - 1]]).filter(Number.isFinite);
  const [low, high] = [Math.min(...xs), Math.max(...xs)];
  if (xs.length === 0) return [0, 1];
  return low < high ? [low, high] : [low - 1, high + 1];
}

/** Returns the extent of the values of `lines` whose x are within `span`, with room around. */
export function spanOfValues(
  lines: readonly Line[],
  [left, right]: Span,
  logarithmic: boolean,
): Span {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { x, y } of lines) {
    const shown = y.filter((_, i) => x[i] >= left && x[i] <= right);
    for (const value of shown) {
      if (!isDrawable(value, logarithmic)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return low > high ? [logarithmic ? 0.1 : 0, 1] : withRoom(low, high, logarithmic);
}

function withRoom(low: number, high: number, logarithmic: boolean): Span {
  if (logarithmic) return [low / 1.2, high * 1.2];
  const room = (high - low || Math.abs(high) || 1) * 0.06;
  // What is never negative is not drawn as if it could be.
  return [low >= 0 ? Math.max(0, low - room) : low - room, high + room];
}
