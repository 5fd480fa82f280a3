/** The panel's records by run, moment and sample; tb_explain/schema.py defines their fields. */
import { type Probe, probesOf } from "../../samples";
import type { Series, TrainingRecord } from "../../types";

/** All that one run recorded at one step. */
export interface RunMoment {
  readonly step: number;
  readonly epoch: number;
  readonly cams: readonly TrainingRecord[];
  readonly predictions: readonly TrainingRecord[];
  /** Why monitors failed here. */
  readonly gaps: readonly string[];
}

export interface RunRecords {
  readonly run: string;
  /** Those of images. */
  readonly probes: readonly Probe[];
  /** By ascending step. */
  readonly moments: readonly RunMoment[];
  /** Whether TensorBoard kept only some of the run's maps. */
  readonly mapsSampled: boolean;
}

/** Returns the records of each of `runs`, in that order; runs without records stay, empty. */
export function indexRuns(series: readonly Series[], runs: readonly string[]): RunRecords[] {
  return runs.map((run) => {
    const own = series.filter((entry) => entry.run === run);
    const probes = probesOf(own).filter(({ modality }) => modality === "image");
    const moments = momentsOf(own.flatMap(({ records }) => records));
    return { run, probes, moments, mapsSampled: own.some(isSampledCam) };
  });
}

function isSampledCam({ kind, records, unreadable, written }: Series): boolean {
  return kind === "cam" && written > records.length + unreadable.length;
}

function momentsOf(records: readonly TrainingRecord[]): RunMoment[] {
  const timed = records.filter(({ kind }) => kind === "cam" || kind === "predictions");
  const steps = [...new Set(timed.map(({ step }) => step))].sort((a, b) => a - b);
  const byStep = new Map<number, TrainingRecord[]>(steps.map((step) => [step, []]));
  for (const record of timed) byStep.get(record.step)?.push(record);
  return steps.map((step) => {
    const here = byStep.get(step) ?? [];
    const predictions = here.filter(({ kind }) => kind === "predictions");
    return {
      step,
      epoch: here[0].epoch,
      cams: here.filter(({ kind }) => kind === "cam"),
      predictions: predictions.filter(({ fields }) => !fields.gap),
      gaps: predictions.flatMap(({ fields }) => (fields.gap ? [String(fields.gap)] : [])),
    };
  });
}

/** Returns the probe `record` refers to. */
export function probeOfRecord(run: RunRecords, record: TrainingRecord): Probe | null {
  return run.probes.find(({ digest }) => digest === record.fields.probe) ?? null;
}
