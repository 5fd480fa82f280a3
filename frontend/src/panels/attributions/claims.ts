/** Statements about a run in words, each computed from its maps and saying from what. */
import { count } from "../../format";
import { correlation, storedRanks } from "../../maps/agreement";
import { dequantise } from "../../maps/dequantise";
import { peak, REGIONS, regionOf } from "../../maps/statistics";
import type { Sample } from "../../samples";
import type { Fact } from "./facts";
import type { Model, Track } from "./model";
import type { RunRecords } from "./records";
import { isAbsence, mapOf, type Source } from "./sources";

/** From this rank correlation on, two maps are said to look at the same place. */
export const AGREES = 0.9;
/** A region is named from this share of the samples on. */
const CLEAR = 0.6;
/** A class is named alone where its share is this much above that of the rest. */
const STANDS_OUT = 0.3;
const MIN_CLASS = 2; // samples

export interface Claim {
  readonly settled: string;
  /** Where the peaks lie; empty where no region stands out in any run. */
  readonly looks: string;
  /** The region stands out in another run; this says how it is in this one. */
  readonly compared: boolean;
}

/** What "settled" means, for whoever asks. */
export const SETTLED = `From then on, each map's rank correlation (Spearman) with the last one is at least ${AGREES}: the median over the shown samples`;

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
  if (since === recorded.length - 1) return "not settled";
  const { epoch, step } = run.moments[recorded[since].m];
  if (epoch < 0) return "settled since the untrained model";
  const several = run.moments.filter((moment) => moment.epoch === epoch).length > 1;
  return `settled at ${several ? `step ${count(step)}` : `epoch ${epoch}`}`;
}

const settled = new WeakMap<Track, string>();

/** Returns `settledWords` of `track` over all samples, computed once; empty where nothing tells. */
export function settledFact({ runs, allSamples }: Model, track: Track): readonly Fact[] {
  const known = settled.get(track);
  const words = known ?? settledWords(runs.value[track.run], track, allSamples.value);
  settled.set(track, words);
  return words ? [["over time", words]] : [];
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
  const [x, y] = [storedRanks(a), storedRanks(b)];
  return x.length > 0 && x.length === y.length ? correlation(x, y) : null;
}

interface Peaked {
  readonly label: string | null;
  readonly region: number;
}

/** A region of the input that holds most of the peaks. */
export interface Finding {
  readonly region: number;
  /** The class whose samples it is about; null: all. */
  readonly label: string | null;
}

function peaksIn(source: Source, samples: readonly Sample[]): Peaked[] {
  return samples.flatMap(({ hash, label }): Peaked[] => {
    const stored = mapOf(source, hash);
    const found = isAbsence(stored) ? null : peak(dequantise(stored));
    return found ? [{ label, region: regionOf(found) }] : [];
  });
}

/** Returns where the maps of `source` have their peaks, or null where that is not clear. */
export function findingIn(source: Source, samples: readonly Sample[]): Finding | null {
  const peaked = peaksIn(source, samples);
  return outstandingClass(peaked) ?? overallRegion(peaked);
}

function outstandingClass(peaked: readonly Peaked[]): Finding | null {
  let best: (Finding & { share: number }) | null = null;
  for (const label of new Set(peaked.map((each) => each.label))) {
    const inside = peaked.filter((each) => each.label === label);
    const outside = peaked.filter((each) => each.label !== label);
    if (label === null || inside.length < MIN_CLASS || outside.length === 0) continue;
    const { region, share } = commonest(inside);
    if (share < CLEAR || share - shareIn(outside, region) < STANDS_OUT) continue;
    if (share > (best?.share ?? 0)) best = { region, label, share };
  }
  return best && { region: best.region, label: best.label };
}

function overallRegion(peaked: readonly Peaked[]): Finding | null {
  const { region, share } = commonest(peaked);
  return share >= CLEAR ? { region, label: null } : null;
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

/** Returns how far `finding` holds in the maps of `source`; empty where nothing tells. */
export function findingWords(
  { region, label }: Finding,
  source: Source,
  samples: readonly Sample[],
): string {
  const peaked = peaksIn(source, samples).filter((each) => label === null || each.label === label);
  if (peaked.length === 0) return "";
  const place = `${REGIONS[region].endsWith("edge") ? "at" : "in"} the ${REGIONS[region]}`;
  const percent = (100 * shareIn(peaked, region)).toFixed(0);
  return `peak ${place} on ${percent} % of ${peaked.length} ${label ?? "samples"}`;
}

/**
 * Returns the claims about every track at the scrubbed moment.
 *
 * A track without a finding of its own is set against the first one of its method.
 */
export function looksOf(model: Model): Omit<Claim, "settled">[] {
  const samples = model.samples.value;
  const found = model.tracks.value.map((track) => {
    const source = track.sources[model.scrubbed.value[track.run]];
    const present = source && !isAbsence(source) ? source : null;
    return { track, source: present, finding: present && findingIn(present, samples) };
  });
  return found.map(({ track, source, finding }) => {
    const other = found.find((each) => each.finding && each.track.method === track.method);
    const said = finding ?? other?.finding;
    const looks = source && said ? findingWords(said, source, samples) : "";
    return { looks, compared: finding === null };
  });
}
