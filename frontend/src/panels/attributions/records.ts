/** The panel's records by run, moment and sample; tb_explain/schema.py defines their fields. */
import type { NamedArray, Series, TrainingRecord } from "../../types";

export interface Probe {
  readonly digest: string;
  readonly names: readonly string[];
  /** Where each content hash stands in the probe's arrays. */
  readonly index: ReadonlyMap<string, number>;
  readonly labels: ArrayLike<number> | null;
  readonly classNames: readonly string[] | null;
  /** Of one input, in pixels. */
  readonly height: number;
  readonly width: number;
  readonly storeInputs: string;
  readonly display: string;
  readonly images: NamedArray | null;
  readonly imageEnds: NamedArray | null;
}

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
  readonly probes: ReadonlyMap<string, Probe>;
  /** By ascending step. */
  readonly moments: readonly RunMoment[];
}

/** Returns the records of each of `runs`, in that order; runs without records stay, empty. */
export function indexRuns(series: readonly Series[], runs: readonly string[]): RunRecords[] {
  return runs.map((run) => {
    const records = series.filter((entry) => entry.run === run).flatMap((entry) => entry.records);
    return { run, probes: probesOf(records), moments: momentsOf(records) };
  });
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

function probesOf(records: readonly TrainingRecord[]): Map<string, Probe> {
  const probes = new Map<string, Probe>();
  for (const record of records) {
    if (record.kind !== "probe" || record.fields.modality !== "image") continue;
    const probe = probeOf(record);
    probes.set(probe.digest, probe);
  }
  return probes;
}

function probeOf({ fields, arrays }: TrainingRecord): Probe {
  const shape = numbers(fields.shape);
  const classNames = fields.class_names;
  return {
    digest: String(fields.digest),
    names: textList(fields.names),
    index: new Map(textList(fields.hashes).map((hash, n) => [hash, n])),
    labels: (arrays.labels?.data as Int32Array | undefined) ?? null,
    classNames: Array.isArray(classNames) ? classNames.map(String) : null,
    height: shape.at(-2) ?? 1,
    width: shape.at(-1) ?? 1,
    storeInputs: String(fields.store_inputs),
    display: String(fields.display ?? ""),
    images: arrays.images ?? null,
    imageEnds: arrays.image_ends ?? null,
  };
}

/** Returns the PNG of the probe's sample `n`, or null where inputs are not stored. */
export function imageBytes(probe: Probe, n: number): Uint8Array | null {
  const { images, imageEnds } = probe;
  if (!(images?.data instanceof Uint8Array) || !imageEnds) return null;
  const start = n === 0 ? 0 : Number(imageEnds.data[n - 1]);
  const end = Number(imageEnds.data[n]);
  return end > start ? images.data.subarray(start, end) : null;
}

/** Returns the words for class `index`: its name where there is one. */
export function className(probe: Probe | null, index: number): string {
  return probe?.classNames?.[index] ?? `class ${index}`;
}

/** Returns the probe `record` refers to. */
export function probeOfRecord(run: RunRecords, record: TrainingRecord): Probe | null {
  return run.probes.get(String(record.fields.probe)) ?? null;
}

export function textList(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function numbers(value: unknown): number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}
