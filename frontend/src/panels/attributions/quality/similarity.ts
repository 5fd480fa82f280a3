/** How alike the maps of one track are from record to record, worked out record by record. */
import type { Sample } from "../../../samples";
import { AGREES, medianAgreement } from "../claims";
import type { Track } from "../model";
import type { RunRecords } from "../records";
import { isAbsence } from "../sources";

export interface Similarity {
  readonly run: string;
  readonly method: string;
  readonly title: string;
  /** Of the records that hold maps. */
  readonly kind: string;
  /** Of the records that hold maps. */
  readonly steps: readonly number[];
  readonly epochs: readonly number[];
  /** To the last record; NaN where it is not defined. */
  readonly last: readonly number[];
  /** To the record before; NaN for the first. */
  readonly previous: readonly number[];
}

/** Figures that fill up as `tasks` are run, one for each record. */
export interface Measuring {
  readonly similarity: Similarity;
  readonly tasks: readonly (() => void)[];
}

/** Returns what works out the median rank correlations over `samples`; maps may be large. */
export function measuring(
  run: RunRecords,
  { sources, method, title }: Track,
  samples: readonly Sample[],
): Measuring {
  const recorded = sources.flatMap((source, m) =>
    isAbsence(source) ? [] : [{ source, at: run.moments[m] }],
  );
  const [last, previous] = [0, 0].map(() => new Array<number>(recorded.length).fill(Number.NaN));
  const alike = (i: number, j: number) =>
    medianAgreement(recorded[i].source, recorded[j].source, samples) ?? Number.NaN;
  const tasks = recorded.map((_, i) => () => {
    last[i] = alike(i, recorded.length - 1);
    if (i > 0) previous[i] = alike(i, i - 1);
  });
  const steps = recorded.map(({ at }) => at.step);
  const epochs = recorded.map(({ at }) => at.epoch);
  const kind = recorded.at(-1)?.at.maps[0]?.kind ?? "";
  return {
    similarity: { run: run.run, method, title, kind, steps, epochs, last, previous },
    tasks,
  };
}

/** Fewer records than these show no settling. */
const ENOUGH = 3;

/** Returns since which record the maps stay like the last ones, in words. */
export function settledWords({ last, epochs }: Similarity): string {
  if (last.length < ENOUGH) return "too few records to say";
  if (!last.slice(0, -1).some(Number.isFinite)) return "not defined: maps are constant";
  const apart = last.findLastIndex((value) => !(value >= AGREES));
  const since = apart + 1;
  if (since >= last.length - 1) return "not settled";
  return epochs[since] < 0
    ? "settled since the untrained model"
    : `settled at epoch ${epochs[since]}`;
}
