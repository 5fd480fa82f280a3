/** The panel's records by run, moment and sample; tb_explain/schema.py defines their fields. */
import { said } from "../../format";
import { type Probe, probesOf } from "../../samples";
import type { Moment, Series, TrainingRecord } from "../../types";
import type { Space } from "./settings";

/** All that one run recorded at one step. */
export interface RunMoment {
  readonly step: number;
  readonly epoch: number;
  /** Class activation maps, and attributions to inputs. */
  readonly maps: readonly TrainingRecord[];
  readonly predictions: readonly TrainingRecord[];
  /** Why monitors failed here. */
  readonly gaps: readonly string[];
}

export interface RunRecords {
  readonly run: string;
  /** Those of the space's inputs. */
  readonly probes: readonly Probe[];
  /** By ascending step. */
  readonly moments: readonly RunMoment[];
  /** Of every monitor, one of each step, by ascending step; gaps left out. */
  readonly predictions: readonly TrainingRecord[];
  /** Whether TensorBoard keeps only some of the run's maps. */
  readonly mapsSampled: boolean;
  /** When there are maps that were not loaded, too many or too large; ascending. */
  readonly unloaded: readonly Moment[];
}

/** Returns what each of `runs` recorded of inputs in `space`; runs without records stay, empty. */
export function indexRuns(
  series: readonly Series[],
  runs: readonly string[],
  space: Space = "image",
): RunRecords[] {
  return runs.map((run) => {
    const own = series.filter((entry) => entry.run === run);
    const [probes, others] = divided(probesOf(own), ({ modality }) => modality === space);
    const elsewhere = new Set<unknown>(others.map(({ digest }) => digest));
    const all = own.flatMap((entry) => entry.records);
    const records = all.filter(({ fields }) => !elsewhere.has(fields.probe));
    return {
      run,
      probes,
      moments: momentsOf(records, space),
      predictions: predictionsIn(records),
      mapsSampled: own.some((entry) => isSampled(entry, space)),
      unloaded: unloadedIn(own.filter((entry) => holdsMaps(entry, space))),
    };
  });
}

function divided<T>(all: readonly T[], holds: (entry: T) => boolean): [T[], T[]] {
  return [all.filter(holds), all.filter((entry) => !holds(entry))];
}

/** Whether `record` holds maps of inputs in `space`. */
function hasMaps({ kind, fields }: TrainingRecord, space: Space): boolean {
  return kind === "cam" ? space === "image" : kind === "attribution" && fields.space === space;
}

function holdsMaps({ records }: Series, space: Space): boolean {
  return records.some((record) => hasMaps(record, space));
}

function isSampled(entry: Series, space: Space): boolean {
  const { records, unloaded, unreadable, written } = entry;
  const there = records.length + unloaded.length + unreadable.length;
  return holdsMaps(entry, space) && written > there;
}

function unloadedIn(series: readonly Series[]): Moment[] {
  const bySteps = new Map(series.flatMap((e) => e.unloaded.map((at) => [at.step, at] as const)));
  return [...bySteps.values()].sort((a, b) => a.step - b.step);
}

function predictionsIn(records: readonly TrainingRecord[]): TrainingRecord[] {
  const made = records.filter(({ kind, fields }) => kind === "predictions" && !fields.gap);
  const bySteps = new Map(made.map((record) => [record.step, record]));
  return [...bySteps.values()].sort((a, b) => a.step - b.step);
}

/** Moments are those of monitors that record maps: others may predict more often, with none to show. */
function momentsOf(records: readonly TrainingRecord[], space: Space): RunMoment[] {
  const mapped = records.filter((each) => hasMaps(each, space));
  const monitors = new Set(mapped.map(({ monitor }) => monitor));
  const predicted = records.filter(({ kind, monitor }) => {
    return kind === "predictions" && (monitors.size === 0 || monitors.has(monitor));
  });
  const timed = [...mapped, ...predicted];
  const steps = [...new Set(timed.map(({ step }) => step))].sort((a, b) => a - b);
  const byStep = new Map<number, TrainingRecord[]>(steps.map((step) => [step, []]));
  for (const record of timed) byStep.get(record.step)?.push(record);
  return steps.map((step) => {
    const here = byStep.get(step) ?? [];
    const [predictions, maps] = divided(here, ({ kind }) => kind === "predictions");
    return {
      step,
      epoch: here[0].epoch,
      maps,
      predictions: predictions.filter(({ fields }) => !fields.gap),
      gaps: predictions.flatMap(({ fields }) => (fields.gap ? [said(fields.gap)] : [])),
    };
  });
}

/** Returns the probe `record` refers to. */
export function probeOfRecord(run: RunRecords, record: TrainingRecord): Probe | null {
  return run.probes.find(({ digest }) => digest === record.fields.probe) ?? null;
}
