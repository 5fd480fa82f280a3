/** Where the points of a dependence lie: a feature's value across, its attribution up. Pure. */
import { linearScale, niceTicks, type Scale, type Span } from "../../../chart/scales";
import type { Feature } from "../tabular/features";
import type { FeatureMeans } from "./summary";

export interface Scatter {
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** The colouring feature's value, 0 to 1; NaN: none. */
  readonly shade: Float32Array;
  readonly across: Scale;
  readonly up: Scale;
  /** Categories of a categorical feature, in the order of their columns. */
  readonly categories: readonly string[] | null;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Share of a category's column that its points are spread over. */
const JITTER = 0.6;

/** Returns the points of feature `f`, coloured by feature `by` (-1: none). */
export function scatterOf(
  { features, swarm, values }: FeatureMeans,
  f: number,
  by: number,
  box: Box,
): Scatter | null {
  if (!swarm || !values) return null;
  const [count, F] = swarm.shape;
  const own = columnOf(values.data, count, F, f);
  const found = columnOf(swarm.data, count, F, f);
  const { categories } = features[f];
  const across = acrossOf(features[f], own, box);
  const span = spanOf(found, true);
  const up = linearScale(span, [box.bottom, box.top], niceTicks(span, (box.bottom - box.top) / 34));
  const column = categories ? across.place(1) - across.place(0) : 0;
  return {
    x: own.map((value, n) => across.place(value) + column * JITTER * (jitter(n) - 0.5)),
    y: found.map(up.place),
    shade: by < 0 ? own.map(() => Number.NaN) : shares(own.length, F, by, values.data),
    across,
    up,
    categories,
  };
}

/** Returns column `f` of [count, F] values. */
function columnOf(values: ArrayLike<unknown>, count: number, F: number, f: number): Float32Array {
  const column = new Float32Array(count);
  for (let n = 0; n < count; n++) column[n] = Number(values[n * F + f]);
  return column;
}

function acrossOf({ categories }: Feature, own: Float32Array, { left, right }: Box): Scale {
  if (categories) return linearScale([-0.5, categories.length - 0.5], [left, right], []);
  const span = spanOf(own, false);
  return linearScale(span, [left + 4, right - 4], niceTicks(span, (right - left) / 60));
}

function spanOf(values: Float32Array, withZero: boolean): Span {
  let [low, high] = withZero ? [0, 0] : [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const room = 0.04 * (high - low);
  return low < high ? [low - room, high + room] : [low - 1, low + 1];
}

/** Evenly spread over [0, 1), the same every time: the golden ratio's multiples. */
function jitter(n: number): number {
  return (n * 0.618033988749895) % 1;
}

function shares(count: number, F: number, by: number, values: ArrayLike<unknown>): Float32Array {
  const own = columnOf(values, count, F, by);
  const [low, high] = spanOf(own, false);
  return own.map((value) => (value - low) / (high - low));
}

/** Below this, a hint at an interaction is what chance would give, too. */
export const HINT = 0.3;

/** Returns the feature that feature `f` interacts with most, and how much; null without any. */
export function partnerOf(
  { interaction, features }: FeatureMeans,
  f: number,
): { readonly feature: number; readonly strength: number } | null {
  if (!interaction) return null;
  const F = features.length;
  let best: { feature: number; strength: number } | null = null;
  for (let g = 0; g < F; g++) {
    const strength = Number(interaction.data[f * F + g]);
    if (g !== f && strength > (best?.strength ?? 0)) best = { feature: g, strength };
  }
  return best;
}
