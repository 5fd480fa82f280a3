/** The samples of all shown runs, matched by content hash. */
import { predictionOf } from "./predictions";
import type { Probe, RunRecords } from "./records";
import { className } from "./records";
import type { Filter } from "./settings";

export interface Sample {
  readonly hash: string;
  readonly name: string;
  /** -1: none. */
  readonly label: number;
  readonly labelName: string | null;
}

/** Returns every sample once, in the order in which the runs' probes list them. */
export function unionOfSamples(runs: readonly RunRecords[]): Sample[] {
  const samples = new Map<string, Sample>();
  for (const { probes } of runs) {
    for (const probe of probes.values()) {
      for (const [hash, n] of probe.index) {
        if (!samples.has(hash)) samples.set(hash, sampleOf(probe, hash, n));
      }
    }
  }
  return [...samples.values()];
}

function sampleOf(probe: Probe, hash: string, n: number): Sample {
  const label = probe.labels ? probe.labels[n] : -1;
  const labelName = label < 0 ? null : className(probe, label);
  return { hash, name: probe.names[n] ?? String(n), label, labelName };
}

/** Returns "7 · Shirt". */
export function sampleTitle({ name, labelName }: Sample): string {
  return labelName === null ? name : `${name} · ${labelName}`;
}

/**
 * Returns the samples that `filter` keeps: "wrong" ones, whose last recorded prediction is not
 * their label in any of the runs, or "changed" ones, whose first and last predictions differ.
 */
export function filterSamples(
  samples: readonly Sample[],
  runs: readonly RunRecords[],
  filter: Filter,
): readonly Sample[] {
  if (filter === "all") return samples;
  return samples.filter((sample) => runs.some((run) => applies(run, sample, filter)));
}

function applies(run: RunRecords, { hash, label }: Sample, filter: Filter): boolean {
  const predicted = run.moments.flatMap((at) => predictionOf(run, at, hash)?.index ?? []);
  if (predicted.length === 0) return false;
  const last = predicted[predicted.length - 1];
  return filter === "wrong" ? label >= 0 && last !== label : predicted[0] !== last;
}
