/** From values to places on the colour bar; red is worse wherever values have a sign. */
import type { ValueScale } from "../layers/scale";
import { signOf } from "./rank";
import type { Measure, Reading } from "./readings";

/** Below this share of the largest, divergences are drawn alike. */
const FAINTEST = 1e-5;
const LOWEST = 0.05; // quantile of the values above zero that begins the scale

/** Returns the scale that holds the finite values of all `readings`. */
export function scaleOf(readings: readonly Reading[], measure: Measure): ValueScale {
  if (measure === "repaired") return { logarithmic: false, signed: false, low: 0, high: 1 };
  const all = readings.flatMap(({ values }) => values[measure] ?? []);
  if (measure === "metric" || measure === "loss") {
    const peak = Math.max(...all.map(peakOf), 0) || 1;
    return { logarithmic: true, signed: true, low: -peak, high: peak };
  }
  const above = sortedAboveZero(all);
  const high = above.at(-1) ?? 1;
  const low = Math.max(above[Math.floor(LOWEST * above.length)] ?? high / 10, FAINTEST * high);
  return { logarithmic: true, signed: false, low: low < high ? low : high / 10, high };
}

function peakOf(values: Float64Array): number {
  return values.reduce((most, value) => {
    return Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most;
  }, 0);
}

/** Numbers alone, as these are many: a typed array sorts them several times faster. */
function sortedAboveZero(arrays: readonly Float64Array[]): Float64Array {
  const found = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let count = 0;
  for (const values of arrays) {
    for (const value of values) if (value > 0 && value !== Infinity) found[count++] = value;
  }
  return found.subarray(0, count).sort();
}

/** Returns the value whose colour stands for `value` on a signed scale: positive is worse. */
export function worsening(measure: Measure, value: number): number {
  return measure === "metric" ? signOf(measure) * value : value;
}
