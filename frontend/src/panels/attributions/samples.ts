/** Samples in words, and which of them are shown. */
import type { Sample } from "../../samples";
import { predictionOf } from "./predictions";
import type { RunRecords } from "./records";
import type { Filter } from "./settings";

/** Returns "7 · Shirt". */
export function sampleTitle({ name, label }: Sample): string {
  return label === null ? name : `${name} · ${label}`;
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

function applies(run: RunRecords, { hash }: Sample, filter: Filter): boolean {
  const predicted = run.moments.flatMap((at) => predictionOf(run, at, hash) ?? []);
  const last = predicted.at(-1);
  return filter === "wrong" ? last?.correct === false : predicted[0]?.top !== last?.top;
}
