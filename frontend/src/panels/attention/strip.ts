/** Which moments the film strip of a head shows; pure. */
import type { TrainingRecord } from "../../types";

/** Returns `most` of the indices below `count`, evenly spread, with the last and `wanted`. */
export function spreadIndices(count: number, most: number, wanted: number): number[] {
  const room = Math.max(2, most);
  if (count <= room) return Array.from({ length: count }, (_, i) => i);
  const picked = Array.from({ length: room }, (_, i) => Math.round((i * (count - 1)) / (room - 1)));
  if (wanted < 0 || picked.includes(wanted)) return picked;
  let nearest = 1;
  for (let i = 1; i < room - 1; i++) {
    if (Math.abs(picked[i] - wanted) < Math.abs(picked[nearest] - wanted)) nearest = i;
  }
  picked[Math.min(nearest, room - 2)] = wanted;
  return [...new Set(picked)].sort((a, b) => a - b);
}

/** One column: the record of each run that is new there, by index of the run. */
export interface StripColumn {
  readonly step: number;
  readonly epoch: number;
  readonly records: readonly (TrainingRecord | null)[];
}

/** Returns the moments at which any run has a new record, with those records. */
export function stripColumns(
  moments: readonly { readonly step: number; readonly epoch: number }[],
  runs: readonly (readonly TrainingRecord[])[],
  recordOf: (run: number, step: number) => TrainingRecord | undefined,
): StripColumn[] {
  const last: (TrainingRecord | undefined)[] = runs.map(() => undefined);
  return moments.flatMap(({ step, epoch }) => {
    const records = runs.map((_, run) => {
      const record = recordOf(run, step);
      const fresh = record !== last[run];
      last[run] = record;
      return fresh ? (record ?? null) : null;
    });
    return records.some((record) => record !== null) ? [{ step, epoch, records }] : [];
  });
}
