/** Which recorded maps answer for A and for B, and what there is to choose from. Pure. */

import { epochWords, indexAtOrBefore } from "../../moments";
import type { Probe } from "../../samples";
import type { RunMoment, RunRecords } from "../attributions/records";
import {
  type Absence,
  entriesOf,
  INPUT,
  isAbsence,
  type Question,
  type Source,
  sourceOf,
  targetsOf,
} from "../attributions/sources";
import type { End } from "./ends";

/** What one end recorded. */
export interface Side {
  readonly end: End;
  readonly records: RunRecords | null;
  /** The newest one with maps or predictions at or before the end. */
  readonly moment: RunMoment | null;
  readonly source: Source | Absence;
}

export interface Options {
  /** Those that both runs recorded first. */
  readonly methods: readonly string[];
  readonly titles: ReadonlyMap<string, string>;
  readonly targets: readonly string[];
  readonly layers: readonly string[];
}

/** Returns what either of two runs recorded maps by; what both did comes first. */
export function optionsOf(runs: readonly (RunRecords | null)[]): Options {
  const own = runs.map((run) => run?.moments.flatMap(({ maps }) => maps) ?? []);
  const entries = own.map((records) => records.flatMap(entriesOf));
  const titles = new Map(entries.flat().map(({ method, title }) => [method, title]));
  return {
    methods: sharedFirst(entries.map((all) => all.map(({ method }) => method))),
    titles,
    targets: sharedFirst(own.map((records) => records.flatMap(targetsOf))),
    layers: sharedFirst(entries.map((all) => all.map(({ layer }) => layer))).filter(
      (layer) => layer !== INPUT,
    ),
  };
}

function sharedFirst(lists: readonly (readonly string[])[]): string[] {
  const sets = lists.map((list) => new Set(list));
  const all = [...new Set(lists.flat())];
  const inBoth = (name: string) => sets.every((names) => names.has(name));
  return all.toSorted((x, y) => Number(inBoth(y)) - Number(inBoth(x)));
}

/** Returns what `end` shows of the maps asked for. */
export function sideOf(
  end: End,
  runs: readonly RunRecords[],
  question: Omit<Question, "layer"> & { readonly layer: string | null },
): Side {
  const records = runs.find(({ run }) => run === end.run) ?? null;
  const moments = records?.moments ?? [];
  const moment = moments[indexAtOrBefore(moments, end.step)] ?? null;
  if (!records || moments.length === 0) {
    return { end, records, moment, source: nothing(`${end.run} recorded no maps of inputs.`) };
  }
  if (!moment) {
    const words = `${end.run} recorded no maps at or before step ${end.step}.`;
    return { end, records, moment, source: nothing(words) };
  }
  const layer = question.layer ?? lastLayer(records, question.method);
  return { end, records, moment, source: sourceOf(records, moment, { ...question, layer }) };
}

const nothing = (reason: string): Absence => ({ reason, gap: false });

const layersOf = new WeakMap<RunRecords, Map<string, string | null>>();

function lastLayer(records: RunRecords, method: string): string | null {
  const known = layersOf.get(records) ?? new Map<string, string | null>();
  layersOf.set(records, known);
  const found = known.get(method);
  if (found !== undefined) return found;
  const entries = records.moments.flatMap(({ maps }) => maps.flatMap(entriesOf));
  const layer = entries.findLast((entry) => entry.method === method)?.layer ?? null;
  known.set(method, layer);
  return layer;
}

/** Returns the probe of an end: of its maps, else of its predictions. */
export function probeOfSide({ source, records, moment }: Side): Probe | null {
  if (!isAbsence(source)) return source.probe;
  const digests = new Set(moment?.predictions.map(({ fields }) => fields.probe));
  return (
    records?.probes.find(({ digest }) => digests.has(digest)) ?? records?.probes.at(-1) ?? null
  );
}

/** Returns what is to be known of two sides whose records are not quite what was asked for. */
export function otherWords(a: Side, b: Side): string[] {
  const older = [
    ["A", a],
    ["B", b],
  ] as const;
  const words = older.flatMap(([name, { end, moment }]) =>
    moment && moment.step < end.step
      ? [`${name} shows ${momentWords(moment)}: its newest record up to step ${end.step}.`]
      : [],
  );
  if (isAbsence(a.source) || isAbsence(b.source) || a.source.layer === b.source.layer) return words;
  return [...words, `Maps are of ${a.source.layer} in A, and of ${b.source.layer} in B.`];
}

function momentWords({ epoch, step }: RunMoment): string {
  return `${epochWords(epoch)}, step ${step}`;
}
