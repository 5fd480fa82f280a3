/** The two moments that are compared: A and B, each of some run. Pure. */
import { epochWords, indexAtOrBefore, momentsOf } from "../../moments";
import type { Moment, Series } from "../../types";

/** One of the two moments. */
export interface End {
  readonly run: string;
  readonly step: number;
  readonly epoch: number;
  /** Whether it moves with the scrubber. */
  readonly follows: boolean;
}

export interface Ends {
  readonly a: End;
  readonly b: End;
}

/** What a setting says of an end: its run, and its step in words, "" for the scrubber's. */
export type Chosen = readonly string[] | null;

/** What there is to choose ends from. */
export interface Offer {
  /** The runs that are compared without a choice: two, or one with its own first record. */
  readonly runs: readonly string[];
  /** By run: every recorded moment, ascending. */
  readonly stops: ReadonlyMap<string, readonly Moment[]>;
  /** The step up to which a run is shown at the scrubber. */
  stepIn(run: string): number;
}

/** Returns what `runs` recorded, moment by moment. */
export function stopsOf(series: readonly Series[], runs: readonly string[]) {
  const stops = new Map<string, readonly Moment[]>();
  for (const run of runs) {
    const moments = momentsOf(series.filter((entry) => entry.run === run));
    if (moments.length > 0) stops.set(run, moments);
  }
  return stops;
}

/**
 * Returns which of `runs` are compared without a choice: the first two that share a sample, else
 * one alone that has any; where none has, the first two, for their layers.
 *
 * @param samples by run, the hashes of its samples.
 */
export function firstPair(
  runs: readonly string[],
  samples: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] {
  const sampled = runs.filter((run) => samples.get(run)?.size);
  for (const [i, a] of sampled.entries()) {
    const hashes = [...(samples.get(a) ?? [])];
    const b = sampled.slice(i + 1).find((run) => hashes.some((h) => samples.get(run)?.has(h)));
    if (b !== undefined) return [a, b];
  }
  return sampled.length > 0 ? sampled.slice(0, 1) : runs.slice(0, 2);
}

/**
 * Returns the ends; null where nothing was recorded.
 *
 * Without a choice, two runs are compared with each other at the scrubber, and one run with its
 * own first record.
 */
export function endsOf(offer: Offer, a: Chosen, b: Chosen): Ends | null {
  const [first, second = first] = offer.runs;
  if (first === undefined) return null;
  const begin = offer.stops.get(first)?.[0];
  const alone = second === first;
  return {
    a: endOf(offer, a, { run: first, step: alone ? begin?.step : undefined }),
    b: endOf(offer, b, { run: second, step: undefined }),
  };
}

interface Fallback {
  readonly run: string;
  /** Undefined: the scrubber's. */
  readonly step: number | undefined;
}

function endOf(offer: Offer, chosen: Chosen, fallback: Fallback): End {
  const known = chosen?.[0] !== undefined && offer.stops.has(chosen[0]);
  const run = known ? chosen[0] : fallback.run;
  const wanted = known ? (chosen[1] ?? "") : (fallback.step ?? "");
  const follows = wanted === "" || !Number.isFinite(Number(wanted));
  const step = follows ? offer.stepIn(run) : Number(wanted);
  return { run, follows, ...stopAt(offer.stops.get(run) ?? [], step) };
}

/** Returns the moment at or before `step`; the first where all are later. */
function stopAt(stops: readonly Moment[], step: number): Moment {
  return stops[Math.max(0, indexAtOrBefore(stops, step))] ?? { step, epoch: -1 };
}

/** Returns what a setting says of `end`. */
export function chosenOf({ run, step, follows }: End): Chosen {
  return [run, follows ? "" : String(step)];
}

/** Whether both ends are one record. */
export function areSame({ a, b }: Ends): boolean {
  return a.run === b.run && a.step === b.step;
}

/** "clean, epoch 3", with the step where an epoch has several records; the run only where needed. */
export function endWords(end: End, stops: readonly Moment[], withRun = true): string {
  const several = stops.filter(({ epoch }) => epoch === end.epoch).length > 1;
  const moment = `${epochWords(end.epoch)}${several ? `, step ${end.step}` : ""}`;
  return withRun ? `${end.run}, ${moment}` : moment;
}

const MOST = 300; // moments that a list offers: more would take longer to draw than to scrub

/** Returns the moments to choose from: of very many the last of each epoch, and the one shown. */
export function offered(stops: readonly Moment[], step: number): readonly Moment[] {
  if (stops.length <= MOST) return stops;
  const lasts = stops.filter(({ epoch }, i) => stops[i + 1]?.epoch !== epoch);
  const thinned =
    lasts.length <= MOST ? lasts : lasts.filter((_, i) => i % Math.ceil(lasts.length / MOST) === 0);
  const shown = stops.find((stop) => stop.step === step);
  if (!shown || thinned.includes(shown)) return thinned;
  return [...thinned, shown].toSorted((x, y) => x.step - y.step);
}
