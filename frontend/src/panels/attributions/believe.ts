/** What speaks for and against the map in depth; what is missing is said, not hidden. */
import { percent } from "../../format";
import { positiveShare } from "../../maps/statistics";
import { BROKEN, SUSPECT, type Sum, sumOf } from "./account";
import { agreement } from "./claims";
import type { Tile } from "./facts";
import type { Model } from "./model";
import { epochWords, numberWords } from "./names";
import { isAbsence, mapOf, type Source } from "./sources";

export interface Evidence {
  readonly name: string;
  readonly value: string;
  readonly title: string;
  readonly tone: "" | "mute" | "warn" | "bad" | "good";
  /** False where the record lacks it: the page then names it alone. */
  readonly recorded: boolean;
}

/** Drift is called small up to here: rank correlation 0.9, as in "settled". */
const SMALL_DRIFT = 0.1;

const COMPLETE = "|sum of the values - (output - base)| / |output - base|";
const FIT = "How much of the outputs around the sample the linear model explains, weighted";
const BASELINE = "What stands for an input that is not there";
const UNDEFINED = "A map is constant, holds NaN, or the resolutions differ.";

/** Returns the evidence about the tile at the `moment`-th record of its run. */
export function evidenceFor(model: Model, tile: Tile, moment: number): Evidence[] {
  const source = tile.track.sources[moment];
  if (!source || isAbsence(source)) return [missing("map", "Nothing was recorded here.")];
  return [
    ...accountEvidence(source, tile),
    driftTo("drift to the record before", tile, source, previous(tile, moment)),
    driftTo("drift to the last record", tile, source, last(tile, moment)),
    ...positive(tile),
    ...overRuns(model, tile, source),
  ];
}

function missing(name: string, title: string): Evidence {
  return { name, value: "not recorded", title, tone: "mute", recorded: false };
}

/** What the record itself says of how far the values hold. */
function accountEvidence(source: Source, { sample }: Tile): Evidence[] {
  const { account, targetOutputs, probe } = source;
  const n = probe.places.get(sample.hash) ?? -1;
  const found = [completeness(source, sumOf(account, targetOutputs, n))];
  if (account?.fit) {
    const value = numberWords(Number(account.fit.data[n]));
    found.push({
      name: "fit of the local model (R²)",
      value,
      title: FIT,
      tone: "",
      recorded: true,
    });
  }
  if (account?.baseline) {
    const { baseline: value } = account;
    found.push({ name: "baseline", value, title: BASELINE, tone: "", recorded: true });
  }
  return found;
}

function completeness({ account, title: method }: Source, sum: Sum | null): Evidence {
  const name = "completeness error";
  const promised = account?.complete && sum;
  if (!promised) {
    const what = account ? method : "a class activation map";
    const title = `The values of ${what} need not add up to the output.`;
    const value = account ? "none promised" : "CAMs promise none";
    return { name, value, title, tone: "mute", recorded: true };
  }
  const { error } = sum;
  if (Number.isNaN(error)) {
    const title = "Output, base or sum is no number, or all of them are equal.";
    return { name, value: "not defined", title, tone: "warn", recorded: true };
  }
  const tone = error > BROKEN ? "bad" : error > SUSPECT ? "warn" : "good";
  return { name, value: percent(error), title: COMPLETE, tone, recorded: true };
}

/** Something to be told whatever the figures say. */
export interface Doubt {
  readonly level: "fail" | "warn" | "note";
  readonly words: string;
}

/** Returns what the record gives reason to doubt in the tile, the worst first. */
export function doubtsAbout({ content, sample }: Tile): Doubt[] {
  if (isAbsence(content) || !content.source.account) return [];
  const { account, targetOutputs, probe, title } = content.source;
  const sum = sumOf(account, targetOutputs, probe.places.get(sample.hash) ?? -1);
  const doubts: Doubt[] = [];
  if (account.complete && sum && sum.error > SUSPECT) {
    const missed = `The values of ${title} miss the output by ${percent(sum.error)}`;
    const words =
      sum.error > BROKEN
        ? `${missed}: they do not explain this output.`
        : `${missed}: read small ones with care.`;
    doubts.push({ level: sum.error > BROKEN ? "fail" : "warn", words });
  }
  if (account.caveat) doubts.push({ level: "warn", words: account.caveat });
  return [...doubts, ...account.notes.map((words): Doubt => ({ level: "note", words }))];
}

function previous({ track }: Tile, moment: number): Source | null {
  const source = track.sources.slice(0, moment).findLast((each) => !isAbsence(each));
  return source && !isAbsence(source) ? source : null;
}

function last({ track }: Tile, moment: number): Source | null {
  const source = track.sources.slice(moment + 1).findLast((each) => !isAbsence(each));
  return source && !isAbsence(source) ? source : null;
}

function driftTo(name: string, tile: Tile, source: Source, other: Source | null): Evidence {
  const title = "1 - rank correlation (Spearman) of the two maps; 0: they look at the same places";
  if (!other || isAbsence(mapOf(other, tile.sample.hash))) {
    return { name, value: "there is none", title, tone: "mute", recorded: true };
  }
  const correlation = agreement(source, other, tile.sample.hash);
  if (correlation === null)
    return { name, value: "not defined", title: UNDEFINED, tone: "warn", recorded: true };
  const drift = 1 - correlation;
  const tone = drift <= SMALL_DRIFT ? "good" : "";
  const when = epochWords(other.record.epoch);
  return {
    name,
    value: `${drift.toFixed(2)}`,
    title: `${title}; the other is ${when}`,
    tone,
    recorded: true,
  };
}

/** Of an unsigned map it would be 100 % by definition: no evidence. */
function positive({ content }: Tile): Evidence[] {
  if (isAbsence(content) || !content.source.signed) return [];
  const name = "share of positive mass";
  const title = "Sum of positive values / sum of all |values|";
  const share = positiveShare(content.map());
  if (share === null) return [{ name, value: "map of zeros", title, tone: "warn", recorded: true }];
  return [{ name, value: `${(100 * share).toFixed(1)} %`, title, tone: "", recorded: true }];
}

/** Agreement with every other shown run, at its newest record up to the scrubbed step. */
function overRuns(model: Model, tile: Tile, source: Source): Evidence[] {
  const tracks = model.tracks.value.filter((track) => {
    return track.method === tile.track.method && track.run !== tile.track.run;
  });
  return tracks.map((track) => {
    const other = track.sources[model.scrubbed.value[track.run]];
    const present = other && !isAbsence(other) ? other : null;
    return driftTo(`drift to ${model.runs.value[track.run].run}`, tile, source, present);
  });
}

/** Returns the warning a flat map needs, or null. */
export function flatWarning({ content }: Tile): string | null {
  if (isAbsence(content) || !content.flat) return null;
  if (content.peak > 0) {
    return "This map is nearly flat beside the others of its method and layer: nothing to show.";
  }
  return content.source.signed
    ? "Every value is zero: nothing to show."
    : "The weighted sum is negative everywhere: nothing to show.";
}
