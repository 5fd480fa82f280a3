/** Which predictions flipped, and what that did to accuracy. Pure. */
import { plural, score } from "../../../format";
import { sampleTitle } from "../../attributions/samples";
import type { Pair } from "../pairs";
import { scoreChange } from "../pairs";
import type { Finding, Found } from "./findings";

const MOST = 5; // samples told one by one
const LEAST_SCORE = 0.25; // by which scores of flipped samples are ranked

export function predictionFindings(pairs: readonly Pair[]): Found {
  const both = pairs.filter(({ flipped }) => flipped !== null);
  if (both.length === 0)
    return { findings: [], quiet: ["Predictions: not recorded at both ends."] };
  const flipped = both.filter((pair) => pair.flipped);
  if (flipped.length === 0) {
    return { findings: [], quiet: [`Predictions: none of ${both.length} flipped.`] };
  }
  const largest = flipped.toSorted((x, y) => scoreChange(y) - scoreChange(x)).slice(0, MOST);
  return { findings: [summary(both, flipped), ...largest.map(flip)], quiet: [] };
}

function summary(both: readonly Pair[], flipped: readonly Pair[]): Finding {
  const { gained, lost, before, after, labelled } = accuracyOf(both);
  const words = [
    `${flipped.length} of ${plural(both.length, "prediction")} flipped`,
    labelled > 0 ? `: ${gained} became right, ${lost} became wrong` : "",
    labelled > 0 ? `; ${before} → ${after} of ${labelled} are right` : "",
  ].join("");
  return {
    words: `${words}.`,
    detail: labelled > 0 ? certainty(gained, lost) : "",
    times: flipped.length,
    least: "one sample",
    evidence: { at: "flipped" },
  };
}

/** Of samples with a label and predictions at both ends. */
export function accuracyOf(pairs: readonly Pair[]) {
  const told = pairs.flatMap(({ before, after }) =>
    before && after && before.correct !== null && after.correct !== null
      ? [[before.correct, after.correct] as const]
      : [],
  );
  const count = (holds: (was: boolean, is: boolean) => boolean) =>
    told.filter(([was, is]) => holds(was, is)).length;
  return {
    labelled: told.length,
    before: count((was) => was),
    after: count((_, is) => is),
    gained: count((was, is) => !was && is),
    lost: count((was, is) => was && !is),
  };
}

function certainty(gained: number, lost: number): string {
  if (gained + lost === 0) return "All flipped from one wrong class to another.";
  const p = signTest(gained, lost);
  const told = `sign test on ${plural(gained + lost, "sample")}: p = ${score(p)}`;
  return p < 0.05 ? `Unlikely to be chance (${told}).` : `It may be chance (${told}).`;
}

/** Returns the two-sided p of `gained` against `lost`, were either as likely (McNemar's exact test). */
export function signTest(gained: number, lost: number): number {
  const n = gained + lost;
  let [term, tail] = [0.5 ** n, 0];
  for (let k = 0; k <= Math.min(gained, lost); k++) {
    tail += term;
    term *= (n - k) / (k + 1);
  }
  return Math.min(1, 2 * tail);
}

function flip(pair: Pair): Finding {
  const { before, after, sample } = pair;
  const from = `${before?.predicted} (${score(before?.topScore ?? Number.NaN)})`;
  const to = `${after?.predicted} (${score(after?.topScore ?? Number.NaN)})`;
  const verdict =
    after?.correct === null
      ? ""
      : after?.correct
        ? ": right now"
        : before?.correct
          ? ": wrong now"
          : ": still wrong";
  return {
    words: `${sampleTitle(sample)} flipped from ${from} to ${to}${verdict}.`,
    detail: "",
    times: Math.max(1, scoreChange(pair) / LEAST_SCORE),
    least: `a flip, or where it is more, ${LEAST_SCORE} of the label's score`,
    evidence: { at: "sample", hash: sample.hash },
  };
}
