/** Probe samples of several runs, lined up by content hash. */
import { said } from "./format";
import type { Series, TrainingRecord } from "./types";

export interface Sample {
  readonly hash: string;
  readonly name: string;
  /** Name of its class, or null without a label. */
  readonly label: string | null;
  /** PNG or WebP bytes, or null where inputs are not stored, or are no images. */
  readonly picture: Uint8Array | null;
  /** "image" or another kind of input. */
  readonly modality: string;
}

/** A probe and where each sample lies in the arrays of the records that name it. */
export interface Probe {
  readonly run: string;
  readonly digest: string;
  /** "image" or another kind of input. */
  readonly modality: string;
  /** Of one input, in pixels; 1 x 1 where it is no image. */
  readonly height: number;
  readonly width: number;
  /** How inputs are stored: "none", "thumbnail" or "full". */
  readonly storeInputs: string;
  /** What was done to show them, in words. */
  readonly display: string;
  readonly classNames: readonly string[] | null;
  /** Class of each sample, -1 for none; null where nothing is labelled. */
  readonly labels: Int32Array | null;
  readonly hashes: readonly string[];
  readonly places: ReadonlyMap<string, number>;
  readonly samples: readonly Sample[];
  /** Where it was read from: what inputs of its modality are shown by. */
  readonly record: TrainingRecord;
}

/** Returns the probes in `series`: of each run and digest the newest record. */
export function probesOf(series: readonly Series[]): Probe[] {
  const probes = new Map<string, Probe>();
  for (const { run, kind, records } of series) {
    if (kind !== "probe") continue;
    for (const record of records) {
      probes.set(JSON.stringify([run, record.fields.digest]), toProbe(run, record));
    }
  }
  return [...probes.values()];
}

/** Returns the samples of all probes, each once, with a picture if any run stored one. */
export function samplesOf(probes: readonly Probe[]): Sample[] {
  const samples = new Map<string, Sample>();
  for (const sample of probes.flatMap((probe) => probe.samples)) {
    const known = samples.get(sample.hash);
    if (!known || (!known.picture && sample.picture)) samples.set(sample.hash, sample);
  }
  return [...samples.values()];
}

/** Returns the probe that `record` of `run` was made from. */
export function probeOf(
  probes: readonly Probe[],
  run: string,
  record: TrainingRecord,
): Probe | undefined {
  return probes.find((probe) => probe.run === run && probe.digest === record.fields.probe);
}

/** Returns the name of class `index`, or its number. */
export function className(classNames: readonly string[] | null, index: number): string {
  return classNames?.[index] ?? `class ${index}`;
}

function toProbe(run: string, record: TrainingRecord): Probe {
  const { fields, arrays } = record;
  const hashes = fields.hashes as string[];
  const names = fields.names as string[];
  const classNames = fields.class_names as string[] | null;
  const labels = (arrays.labels?.data as Int32Array | undefined) ?? null;
  const samples = hashes.map((hash, n) => ({
    hash,
    name: names[n],
    label: labels && labels[n] >= 0 ? className(classNames, labels[n]) : null,
    picture: pictureOf(arrays, n),
    modality: said(fields.modality),
  }));
  const places = new Map(hashes.map((hash, n) => [hash, n]));
  const [height, width] = Array.isArray(fields.shape) ? fields.shape.slice(-2).map(Number) : [];
  return {
    run,
    digest: fields.digest as string,
    modality: said(fields.modality),
    height: height ?? 1,
    width: width ?? 1,
    storeInputs: said(fields.store_inputs),
    display: said(fields.display ?? ""),
    classNames,
    labels,
    hashes,
    places,
    samples,
    record,
  };
}

function pictureOf(arrays: TrainingRecord["arrays"], n: number): Uint8Array | null {
  if (!arrays.images) return null;
  const ends = arrays.image_ends.data as BigInt64Array;
  const begin = n === 0 ? 0 : Number(ends[n - 1]);
  const bytes = (arrays.images.data as Uint8Array).subarray(begin, Number(ends[n]));
  return bytes.length > 0 ? bytes : null;
}
