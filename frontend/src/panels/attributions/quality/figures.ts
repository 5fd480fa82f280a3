/** Measures in letters. */
import { percent, score } from "../../../format";
import type { Mean, Measure } from "./measured";

/** Returns a mean with its unit, where that is a share in per cent. */
export function meanWords({ mean }: Mean, unit: string): string {
  return unit === "fraction" ? percent(mean) : score(mean);
}

/** Returns "0.18 ± 0.03 over 12 samples". */
export function spreadWords({ mean, deviation, samples }: Mean): string {
  return `${score(mean)} ± ${score(deviation)} (standard deviation over ${samples} samples)`;
}

export function betterWords(better: Measure["better"]): string {
  return better === null ? "" : better === "high" ? "higher is better" : "lower is better";
}

/** Returns the unit of figures; shares are told in per cent, which says it. */
export function unitWords({ unit }: Measure): string {
  return unit === "fraction" ? "" : unit;
}
