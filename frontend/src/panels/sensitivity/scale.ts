/** From values to places on the colour bar; red is worse wherever values have a sign. */
import type { ValueScale } from "../layers/scale";
import { signOf } from "./rank";
import type { Measure, Reading } from "./readings";

/** Below this share of the largest, divergences are drawn alike. */
const FAINTEST = 1e-5;
const LOWEST = 0.05; // quantile of the values above zero that begins the scale

/** Returns the scale that holds the finite values of all `readings`. */
export function scaleOf(readings: readonly Reading[], measure: Measure): ValueScale {
  const all = readings.flatMap(({ values }) => [...(values[measure] ?? [])]);
  const finite = all.filter(Number.isFinite);
  if (measure === "repaired") return { logarithmic: false, signed: false, low: 0, high: 1 };
  if (measure === "metric" || measure === "loss") {
    const peak = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    return { logarithmic: true, signed: true, low: -peak, high: peak };
  }
  const above = finite.filter((value) => value > 0).sort((a, b) => a - b);
  const high = above.at(-1) ?? 1;
  const low = Math.max(above[Math.floor(LOWEST * above.length)] ?? high / 10, FAINTEST * high);
  return { logarithmic: true, signed: false, low: low < high ? low : high / 10, high };
}

/** Returns the value whose colour stands for `value` on a signed scale: positive is worse. */
export function worsening(measure: Measure, value: number): number {
  return measure === "metric" ? signOf(measure) * value : value;
}
