/** Statements about a run in words, each computed from its maps and saying from what. */
import { spearman } from "../../maps/agreement";
import { dequantise } from "../../maps/dequantise";
import { peak, REGIONS, regionOf } from "../../maps/statistics";
import type { Model, Track } from "./model";
import type { RunRecords } from "./records";
import type { Sample } from "./samples";
import { isAbsence, mapOf, type Source } from "./sources";

/** From this rank correlation on, two maps are said to look at the same place. */
const AGREES = 0.9;
/** A region is named from this share of the samples on. */
const CLEAR = 0.6;
/** A class is named alone where its share is this much above that of the rest. */
const STANDS_OUT = 0.3;
const MIN_CLASS = 2; // samples

export interface Claim {
  readonly settled: string;
  /** Empty where no region stands out. */
  readonly looks: string;
}

/** Returns when the maps of `track` came to look like its last ones, in words. */
export function settledWords(run: RunRecords, track: Track, samples: readonly Sample[]): string {
  const recorded = track.sources.flatMap((source, m) => (isAbsence(source) ? [] : [{ source, m }]));
  const last = recorded.at(-1);
  if (recorded.length < 3 || !last) return "";
  const before = recorded[recorded.length - 2].source;
  if (medianAgreement(before, last.source, samples) === null) return "";
  let since = recorded.length - 1;
  while (since > 0) {
    const agreement = medianAgreement(recorded[since - 1].source, last.source, samples);
    if (agreement === null || agreement < AGREES) break;
    since--;
  }
  if (since === recorded.length - 1)
    return `not settled: rank correlation < ${AGREES} between the last two records`;
  const { epoch } = run.moments[recorded[since].m];
  const when = epoch < 0 ? "since the untrained model" : `at epoch ${epoch}`;
  return `settled ${when} (rank correlation ≥ ${AGREES} with the last map from then on)`;
}

/** Returns the median over `samples` of the rank correlation of their maps, or null. */
export function medianAgreement(
  first: Source,
  second: Source,
  samples: readonly Sample[],
): number | null {
  const values = samples.flatMap(({ hash }) => agreement(first, second, hash) ?? []);
  if (values.length === 0) return null;
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  return values.length % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

/** Returns the rank correlation of one sample's maps, or null where it is not defined. */
export function agreement(first: Source, second: Source, hash: string): number | null {
  const [a, b] = [mapOf(first, hash), mapOf(second, hash)];
  if (isAbsence(a) || isAbsence(b)) return null;
  return spearman(dequantise(a).values, dequantise(b).values);
}

interface Peaked {
  readonly label: string | null;
  readonly region: number;
}

/** Returns where the maps of `source` have their peaks, in words; empty where that is not clear. */
export function looksWords(source: Source, samples: readonly Sample[]): string {
  const peaked = samples.flatMap(({ hash, labelName }): Peaked[] => {
    const stored = mapOf(source, hash);
    const found = isAbsence(stored) ? null : peak(dequantise(stored));
    return found ? [{ label: labelName, region: regionOf(found) }] : [];
  });
  if (peaked.length === 0) return "";
  return outstandingClass(peaked) || overallRegion(peaked);
}

function outstandingClass(peaked: readonly Peaked[]): string {
  const labels = new Set(peaked.map(({ label }) => label));
  let best = { share: 0, words: "" };
  for (const label of labels) {
    const inside = peaked.filter((each) => each.label === label);
    const outside = peaked.filter((each) => each.label !== label);
    const { region, share } = commonest(inside);
    const elsewhere = shareIn(outside, region);
    if (label === null || inside.length < MIN_CLASS || outside.length === 0) continue;
    if (share < CLEAR || share - elsewhere < STANDS_OUT || share <= best.share) continue;
    best = { share, words: phrase(region, share, inside.length, label) };
  }
  return best.words;
}

function overallRegion(peaked: readonly Peaked[]): string {
  const { region, share } = commonest(peaked);
  return share >= CLEAR ? phrase(region, share, peaked.length, "samples") : "";
}

function commonest(peaked: readonly Peaked[]): { region: number; share: number } {
  const shares = REGIONS.map((_, region) => shareIn(peaked, region));
  const share = Math.max(...shares);
  return { region: shares.indexOf(share), share };
}

function shareIn(peaked: readonly Peaked[], region: number): number {
  if (peaked.length === 0) return 0;
  return peaked.filter((each) => each.region === region).length / peaked.length;
}

function phrase(region: number, share: number, count: number, of: string): string {
  const place = `${REGIONS[region].endsWith("edge") ? "at" : "in"} the ${REGIONS[region]}`;
  return `peak ${place} on ${(100 * share).toFixed(0)} % of ${count} ${of}`;
}

/** Returns the claims about every track, at the scrubbed moment where they are about one. */
export function looksOf(model: Model): string[] {
  return model.tracks.value.map((track) => {
    const source = track.sources[model.scrubbed.value[track.run]];
    return source && !isAbsence(source) ? looksWords(source, model.samples.value) : "";
  });
}
