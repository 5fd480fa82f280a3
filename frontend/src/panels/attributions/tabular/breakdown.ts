/** From the values of one sample to the steps of a waterfall. Pure. */
import type { Sum } from "../account";

/** One bar, from where the ones before it have led to. */
export interface Step {
  /** Index of the feature; null: all that are not shown by themselves. */
  readonly feature: number | null;
  /** How many features it stands for. */
  readonly count: number;
  readonly value: number;
  readonly from: number;
}

export interface Breakdown {
  /** What values add up from; 0 where the method has no base: then every bar begins there. */
  readonly base: number;
  readonly steps: readonly Step[];
  /** What the values should have added up to; null where the method promises nothing. */
  readonly sum: Sum | null;
  /** Whether each bar begins where the one before ended. */
  readonly cumulative: boolean;
}

/** Returns the indices of `values` by falling magnitude; what is not finite comes last. */
export function byMagnitude(values: ArrayLike<number>): number[] {
  const size = (i: number) => (Number.isFinite(values[i]) ? Math.abs(values[i]) : -1);
  return Array.from(values, (_, i) => i).sort((a, b) => size(b) - size(a) || a - b);
}

/**
 * Returns the `most` largest values as steps, and the rest as one.
 *
 * Where a method has a base, and its values keep their signs, steps lead from the base to the
 * output; those of other methods all begin at zero, since they add up to nothing.
 */
export function breakdownOf(
  values: ArrayLike<number>,
  sum: Sum | null,
  { signed, most }: { signed: boolean; most: number },
): Breakdown {
  const cumulative = signed && sum !== null && Number.isFinite(sum.base);
  const base = cumulative ? sum.base : 0;
  const order = byMagnitude(values);
  // One feature left over is shown as itself.
  const shown = order.length <= most + 1 ? order.length : most;
  const steps: Step[] = [];
  let at = base;
  const add = (feature: number | null, count: number, value: number) => {
    steps.push({ feature, count, value, from: cumulative ? at : 0 });
    if (Number.isFinite(value)) at += value;
  };
  for (const feature of order.slice(0, shown)) add(feature, 1, values[feature]);
  const rest = order.slice(shown);
  if (rest.length > 0) {
    add(
      null,
      rest.length,
      rest.reduce((total, i) => total + values[i], 0),
    );
  }
  return { base, steps, sum: cumulative ? sum : null, cumulative };
}

/** Returns where the steps of `breakdown` end: what they have added up to. */
export function endOf({ base, steps }: Breakdown): number {
  const last = steps.findLast(({ value }) => Number.isFinite(value));
  return last ? last.from + last.value : base;
}

/** Returns the extent of all bars of `breakdowns`, zero among it where bars begin there. */
export function spanOf(breakdowns: readonly Breakdown[]): readonly [low: number, high: number] {
  const places = breakdowns.flatMap(({ base, steps, sum }) => [
    base,
    ...steps.flatMap(({ from, value }) => [from, from + value]),
    ...(sum ? [sum.output] : []),
  ]);
  const finite = places.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  return low < high ? [low, high] : [low - 1, low + 1];
}
