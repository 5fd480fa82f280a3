/** The panel's records by run and moment; tb_explain/schema.py defines their fields. */
import { said } from "../../format";
import { indexAtOrBefore, recordAt } from "../../moments";
import { type Probe, probesOf } from "../../samples";
import type { Series, TrainingRecord } from "../../types";

export interface Layer {
  readonly name: string;
  readonly heads: number;
  /** How it was read: "module", "function" or "output". */
  readonly source: string;
}

interface Gap {
  readonly step: number;
  readonly epoch: number;
  readonly reason: string;
}

/** What one run recorded of attention; all by ascending step, one record per step. */
export interface RunRecords {
  readonly run: string;
  readonly probes: readonly Probe[];
  /** By digest of the probe: the tokens of each sample. */
  readonly tokens: ReadonlyMap<string, readonly (readonly string[])[]>;
  readonly maps: readonly TrainingRecord[];
  readonly statistics: readonly TrainingRecord[];
  readonly predictions: readonly TrainingRecord[];
  /** When monitors of attention failed, and why. */
  readonly gaps: readonly Gap[];
  /** Whether TensorBoard kept only some of the run's maps. */
  readonly sampled: boolean;
}

/** What a run shows of a sample at one moment. */
export interface Shown {
  readonly run: string;
  readonly record: TrainingRecord;
  /** Place of the sample in the arrays. */
  readonly n: number;
  /** Tokens that are not padding. */
  readonly length: number;
  /** Tokens before the cells of the grid. */
  readonly prefix: number;
  readonly grid: readonly [number, number] | null;
  readonly layers: readonly Layer[];
  /** Null where the probe has none. */
  readonly tokens: readonly string[] | null;
}

/** Why there is nothing to draw, in words. */
export interface Absence {
  readonly reason: string;
}

export function isAbsence<T extends object>(value: T | Absence): value is Absence {
  return "reason" in value;
}

/** Returns the records of each of `runs` that recorded attention, in that order. */
export function indexRuns(series: readonly Series[], runs: readonly string[]): RunRecords[] {
  return runs
    .map((run) =>
      indexRun(
        run,
        series.filter((entry) => entry.run === run),
      ),
    )
    .filter(({ maps, statistics, gaps }) => maps.length + statistics.length + gaps.length > 0);
}

function indexRun(run: string, own: readonly Series[]): RunRecords {
  const monitors = new Set(
    own.filter(({ kind }) => kind.startsWith("attention")).map(({ monitor }) => monitor),
  );
  const all = (kind: string) => own.filter((entry) => entry.kind === kind);
  const stated = own.filter(({ monitor }) => monitors.has(monitor)).flatMap((s) => s.records);
  return {
    run,
    probes: probesOf(own),
    tokens: new Map(all("probe").flatMap(({ records }) => records.flatMap(tokensOf))),
    maps: byStep(all("attention")),
    statistics: byStep(all("attention_statistics")),
    predictions: byStep(all("predictions")),
    gaps: stated.flatMap(gapOf).sort((a, b) => a.step - b.step),
    sampled: all("attention").some(
      ({ written, records, unreadable }) => written > records.length + unreadable.length,
    ),
  };
}

function byStep(series: readonly Series[]): TrainingRecord[] {
  const records = series.flatMap((entry) => entry.records);
  const whole = records.filter(({ fields }) => typeof fields.gap !== "string");
  const newest = new Map(whole.map((record) => [record.step, record]));
  return [...newest.values()].sort((a, b) => a.step - b.step);
}

function gapOf({ step, epoch, fields }: TrainingRecord): Gap[] {
  return typeof fields.gap === "string" ? [{ step, epoch, reason: fields.gap }] : [];
}

function tokensOf({ fields }: TrainingRecord): [string, string[][]][] {
  const { digest, tokens } = fields;
  if (!Array.isArray(tokens)) return [];
  return [[said(digest), tokens.map((row) => (Array.isArray(row) ? row.map(said) : []))]];
}

/** Returns the layers that a record of either kind lists. */
export function layersOf(record: TrainingRecord): readonly Layer[] {
  return record.fields.layers as readonly Layer[];
}

/** Returns what `run` shows of the sample `hash` at or before `step`, or why nothing. */
export function shownAt(run: RunRecords, hash: string | null, step: number): Shown | Absence {
  const record = recordAt(run.maps, step);
  const gap = run.gaps[indexAtOrBefore(run.gaps, step)];
  if (gap && gap.step > (record?.step ?? -1)) return { reason: gap.reason };
  if (!record) return { reason: run.sampled ? SAMPLED : "No map is on record up to here." };
  return shownIn(run, record, hash);
}

const SAMPLED = "Sampled away: TensorBoard keeps only some maps; see --samples_per_plugin.";

/** Returns what `record` of `run` shows of the sample `hash`, or why nothing. */
export function shownIn(
  run: RunRecords,
  record: TrainingRecord,
  hash: string | null,
): Shown | Absence {
  const { fields } = record;
  const probe = run.probes.find(({ digest }) => digest === fields.probe);
  if (!probe) return { reason: "The probe of this record is not on record." };
  const place = probe.places.get(hash ?? "") ?? -1;
  const n = (fields.samples as number[]).indexOf(place);
  if (n < 0) return { reason: "This run recorded no attention for the sample." };
  return {
    run: run.run,
    record,
    n,
    length: (fields.lengths as number[])[n],
    prefix: fields.prefix as number,
    grid: fields.grid as Shown["grid"],
    layers: layersOf(record),
    tokens: run.tokens.get(probe.digest)?.[place] ?? null,
  };
}

/** Returns the hashes of the samples that any of `runs` recorded maps of, in probe order. */
export function recordedSamples(runs: readonly RunRecords[]): string[] {
  const hashes = runs.flatMap(({ maps, probes }) =>
    maps.flatMap(({ fields }) => {
      const probe = probes.find(({ digest }) => digest === fields.probe);
      return (fields.samples as number[]).flatMap((place) => probe?.hashes[place] ?? []);
    }),
  );
  return [...new Set(hashes)];
}
