/** What is said of a summary's privacy, and of how much is left of its budget. */
import { score } from "../../../format";
import type { Privacy } from "./summary";

/** Standard deviations that 95 % of the noise lies within. */
const NORMAL_95 = 1.96;

/** Returns sentences about what is released, and at what price. */
export function privacyWords(privacy: Privacy, unit: string): string[] {
  const { epsilon, delta, clip, noise, spent_epsilon: spent } = privacy;
  const { releases, planned_releases: planned } = privacy;
  const times = releases === undefined ? "" : ` after release ${releases} of ${planned} planned`;
  return [
    `Differentially private: epsilon ${score(spent)} of ${score(epsilon)} spent${times}, at delta ${delta.toExponential(0)}.`,
    `Every mean carries noise of standard deviation ${score(noise)} ${unit}; of each sample at most ` +
      `${score(clip)} (Euclidean norm) counts. Bars within ±${score(NORMAL_95 * noise)} of zero are ` +
      "noise. Single samples are not released: no swarm, no dependence.",
  ];
}

/** Whether more has been spent than was meant to be. */
export function overspent({ epsilon, spent_epsilon: spent }: Privacy): boolean {
  return spent > epsilon * (1 + 1e-6); // rounding of the accountant
}

/** Returns how far noise alone may move a mean. */
export function noiseReach({ noise }: Privacy): number {
  return NORMAL_95 * noise;
}
