/** Which recorded array holds the map of a run, moment, method, layer and target. */
import { said } from "../../format";
import type { StoredMap } from "../../maps/dequantise";
import { storedMap } from "../../maps/dequantise";
import { indexAtOrBefore } from "../../moments";
import type { Probe } from "../../samples";
import type { NamedArray, TrainingRecord } from "../../types";
import { type Account, accountOf } from "./account";
import { methodName } from "./names";
import type { RunMoment, RunRecords } from "./records";
import { probeOfRecord } from "./records";

/** The maps of all samples of one record, for one method, layer and target. */
export interface Source {
  /** Unique on the page: part of the key of every cached tile. */
  readonly id: number;
  readonly record: TrainingRecord;
  readonly probe: Probe;
  readonly method: string;
  /** The method's name for people. */
  readonly title: string;
  /** `INPUT` of attributions to inputs. */
  readonly layer: string;
  /** Words for the target, such as "label". */
  readonly target: string;
  readonly signed: boolean;
  readonly unit: string;
  /** [N, height, width]: of texts and tables [N, 1, values], of series [N, channels, points]. */
  readonly maps: NamedArray;
  readonly scales: NamedArray;
  readonly targetClasses: NamedArray | null;
  readonly targetOutputs: NamedArray | null;
  /** Of class activation maps null: they promise nothing. */
  readonly account: Account | null;
}

/** Why there is nothing to draw, in words; a gap is a map that no monitor recorded. */
export interface Absence {
  readonly reason: string;
  readonly gap: boolean;
}

export function isAbsence<T extends object>(value: T | Absence): value is Absence {
  return "reason" in value;
}

/** What the controls ask of the records. */
export interface Question {
  readonly method: string;
  /** Null: the last that the run recorded. */
  readonly layer: string | null;
  readonly target: string;
}

/** The layer of maps that are of the input itself. */
export const INPUT = "input";

interface Entry {
  readonly array: string;
  readonly method: string;
  readonly title: string;
  readonly layer: string;
  readonly target: number;
  readonly signed: boolean;
  readonly unit: string;
}

/** Returns " of features.7"; nothing of maps that are of the input itself. */
export function ofLayer({ layer }: { readonly layer: string }): string {
  return layer === INPUT ? "" : ` of ${layer}`;
}

/** Returns what a record says of its maps; kinds/ has checked that it does. */
export function entriesOf(record: TrainingRecord): Entry[] {
  const entries = record.fields.maps as readonly Omit<Entry, "layer">[];
  return entries.map((entry) => {
    const title = entry.title ?? methodName(entry.method);
    return { layer: INPUT, ...entry, title };
  });
}

/** Returns the words for each target of a record, by index. */
export function targetsOf(record: TrainingRecord): string[] {
  const targets = Array.isArray(record.fields.targets) ? (record.fields.targets as unknown[]) : [];
  return targets.map((target) => said((target as { spec?: unknown } | null)?.spec ?? target));
}

const known = new WeakMap<NamedArray, Source>();
let nextId = 0;

/** Returns the source that answers `question` at `moment`, or why there is none. */
export function sourceOf(run: RunRecords, moment: RunMoment, question: Question): Source | Absence {
  let found: Source | null = null;
  for (const record of moment.maps) {
    const probe = probeOfRecord(run, record);
    const entry = probe && entriesOf(record).findLast((each) => answers(each, record, question));
    if (entry) found ??= asSource(record, probe, entry);
  }
  return found ?? absence(run, moment, question);
}

function answers(entry: Entry, record: TrainingRecord, question: Question): boolean {
  if (entry.method !== question.method) return false;
  const layered = question.layer !== null && entry.layer !== INPUT;
  if (layered && entry.layer !== question.layer) return false;
  return targetsOf(record)[entry.target] === question.target;
}

function asSource(record: TrainingRecord, probe: Probe, entry: Entry): Source {
  const recorded = record.arrays[entry.array];
  const source = known.get(recorded) ?? {
    id: nextId++,
    record,
    probe,
    method: entry.method,
    title: entry.title,
    layer: entry.layer,
    target: targetsOf(record)[entry.target],
    signed: entry.signed,
    unit: entry.unit,
    maps: asMaps(recorded),
    scales: record.arrays[`${entry.array}.scale`],
    targetClasses: record.arrays[`target.${entry.target}`] ?? null,
    targetOutputs: record.arrays[`output.${entry.target}`] ?? null,
    account: accountOf(record, entry.array),
  };
  known.set(recorded, source);
  return source;
}

/** Values in a line are a map of one row: all that is computed from maps holds for them too. */
export function asMaps({ shape, data }: NamedArray): NamedArray {
  const [N, ...own] = shape;
  return own.length === 1 ? { shape: [N, 1, own[0]], data } : { shape, data };
}

const SAMPLED = "Sampled away: TensorBoard keeps only some maps; see --samples_per_plugin.";
export const NOT_LOADED: Absence = {
  reason: "Not loaded: of large or long runs only some maps are. Move the scrubber here.",
  gap: false,
};

function absence(
  { mapsSampled, unloaded }: RunRecords,
  moment: RunMoment,
  { method, layer, target }: Question,
): Absence {
  if (moment.gaps.length > 0) return { reason: moment.gaps.join("; "), gap: true };
  if (moment.maps.length === 0) {
    if (unloaded[indexAtOrBefore(unloaded, moment.step)]?.step === moment.step) return NOT_LOADED;
    return { reason: mapsSampled ? SAMPLED : "No map is on record here.", gap: !mapsSampled };
  }
  const recorded = moment.maps.flatMap((record) =>
    entriesOf(record).map((entry) => `${entry.method}${ofLayer(entry)}`),
  );
  const wanted = `${method}${ofLayer({ layer: layer ?? INPUT })} for target ${target}`;
  const choices = [...new Set(recorded)].join(", ");
  return { reason: `No ${wanted} here; recorded: ${choices || "none"}.`, gap: false };
}

/** Returns the map of the sample `hash`, or why there is none. */
export function mapOf(source: Source, hash: string): StoredMap | Absence {
  const n = source.probe.places.get(hash);
  if (n === undefined) return { reason: "This run's probe lacks the sample.", gap: false };
  if (n >= source.maps.shape[0]) return { reason: "The record holds fewer samples.", gap: false };
  return storedMap(source.maps, source.scales, n);
}
