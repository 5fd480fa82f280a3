/** Which maps moved, and how far they agree on the whole. Pure. */
import { plural, score } from "../../../format";
import type { ValueMap } from "../../../maps/dequantise";
import { dequantise } from "../../../maps/dequantise";
import { type Position, REGIONS, regionOf } from "../../../maps/statistics";
import { sampleTitle } from "../../attributions/samples";
import { isAbsence, mapOf, type Source } from "../../attributions/sources";
import { medianOf } from "../measures";
import type { Pair } from "../pairs";
import { type Finding, type Found, LEAST } from "./findings";

const MOST = 5; // samples told one by one

/** What is compared, and how its values are called. */
export interface Maps {
  readonly a: Source;
  readonly b: Source;
  readonly pairs: readonly Pair[];
  /** Returns the name of value `index` of a sample: its word, or its column. */
  nameOf(hash: string, index: number): string;
}

export function mapFindings(maps: Maps): Found {
  const overall = overallFinding(maps);
  const moved = placed(maps.b) ? movedFindings(maps) : valueFindings(maps);
  return {
    findings: [...overall.findings, ...moved.findings],
    quiet: [...overall.quiet, ...moved.quiet],
  };
}

/** Whether values lie somewhere: words and columns do not. */
const placed = ({ probe }: Source) => probe.modality === "image" || probe.modality === "series";

function overallFinding({ pairs, b }: Maps): Found {
  const ranks = pairs.flatMap((pair) => pair.measures()?.rank ?? []);
  const median = medianOf(ranks);
  const name = `${b.title} maps`;
  if (median === null) return { findings: [], quiet: [`${name}: their agreement is not defined.`] };
  const of = `${median.toFixed(2)}, the median of ${plural(ranks.length, "sample")}`;
  if (median >= LEAST.agree) {
    return { findings: [], quiet: [`${name} look at the same places: rank correlation ${of}.`] };
  }
  const finding: Finding = {
    words: `${name} agree by a rank correlation of ${of}.`,
    detail: `${ranks.filter((rank) => rank >= LEAST.agree).length} of ${ranks.length} look at the same place (${LEAST.agree} or more).`,
    times: (1 - median) / (1 - LEAST.agree),
    least: `${LEAST.agree}: ${(1 - LEAST.agree).toFixed(1)} below full agreement`,
    evidence: { at: "view", view: "drift" },
  };
  return { findings: [finding], quiet: [] };
}

function movedFindings({ pairs, b }: Maps): Found {
  const moved = pairs
    .map((pair) => ({ pair, shift: pair.measures()?.shift ?? 0 }))
    .filter(({ shift }) => shift >= LEAST.shift)
    .toSorted((x, y) => y.shift - x.shift);
  const least = `${100 * LEAST.shift} % of the input's size`;
  if (moved.length === 0) return { findings: [], quiet: [`No map's centre moved by ${least}.`] };
  const findings = moved.slice(0, MOST).map(
    ({ pair, shift }, i): Finding => ({
      words: `${sampleTitle(pair.sample)}: ${movedWords(pair, b)} by ${(100 * shift).toFixed(0)} % of the input's size.`,
      detail: i === MOST - 1 || i === moved.length - 1 ? moreWords(moved.length, i + 1, least) : "",
      times: shift / LEAST.shift,
      least,
      evidence: { at: "sample", hash: pair.sample.hash },
    }),
  );
  return { findings, quiet: [] };
}

function moreWords(all: number, told: number, least: string): string {
  return all > told ? `${plural(all - told, "more sample")} moved by ${least} or more.` : "";
}

function movedWords(pair: Pair, { probe }: Source): string {
  const centres = pair.measures()?.centres;
  if (!centres || probe.modality === "series") {
    const later = centres && centres[1].x > centres[0].x;
    return `the map's centre of mass moved to ${later ? "later" : "earlier"} points,`;
  }
  const [from, to] = centres.map(regionName);
  if (from === to) return `the map's centre of mass moved within the ${to},`;
  return `the map's centre of mass moved from the ${from} to the ${to},`;
}

const regionName = (at: Position) => REGIONS[regionOf(at)];

/** The value of each sample that changed most, where that is much. */
function valueFindings({ a, b, pairs, nameOf }: Maps): Found {
  const found = pairs.flatMap((pair) => {
    const change = largestOf(a, b, pair.sample.hash);
    return change && change.share >= LEAST.value ? [{ pair, ...change }] : [];
  });
  found.sort((x, y) => y.share - x.share);
  const least = `${100 * LEAST.value} % of the sample's largest value`;
  if (found.length === 0) return { findings: [], quiet: [`No single value changed by ${least}.`] };
  const findings = found.slice(0, MOST).map(
    ({ pair, index, before, after, share }, i): Finding => ({
      words: `${sampleTitle(pair.sample)}: “${nameOf(pair.sample.hash, index)}” went from ${score(before)} to ${score(after)} ${b.unit}.`,
      detail: i === MOST - 1 ? moreWords(found.length, MOST, least) : "",
      times: share / LEAST.value,
      least,
      evidence: { at: "sample", hash: pair.sample.hash },
    }),
  );
  return { findings, quiet: [] };
}

function largestOf(a: Source, b: Source, hash: string) {
  const [first, second] = [mapOf(a, hash), mapOf(b, hash)];
  if (isAbsence(first) || isAbsence(second)) return null;
  const [x, y] = [dequantise(first), dequantise(second)];
  if (x.values.length !== y.values.length) return null;
  return largestChange(x, y);
}

/** Returns the value that changed most, and by which share of the largest at either end. */
export function largestChange({ values: x }: ValueMap, { values: y }: ValueMap) {
  let [index, most, peak] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const change = Math.abs(y[i] - x[i]);
    if (change > most) [index, most] = [i, change];
    peak = Math.max(peak, Math.abs(x[i]), Math.abs(y[i]));
  }
  return { index, before: x[index], after: y[index], share: peak > 0 ? most / peak : 0 };
}
