/** How alike the maps of one track are from record to record. Pure. */
import type { Sample } from "../../../samples";
import { medianAgreement } from "../claims";
import type { Track } from "../model";
import type { RunRecords } from "../records";
import { isAbsence } from "../sources";

export interface Similarity {
  readonly run: string;
  readonly title: string;
  /** Steps of the records that hold maps. */
  readonly places: readonly number[];
  /** To the last record; NaN where it is not defined. */
  readonly last: readonly number[];
  /** To the record before; NaN for the first. */
  readonly previous: readonly number[];
}

/** Returns the median rank correlations over `samples`, record by record. */
export function similaritySteps(
  run: RunRecords,
  { sources, title }: Track,
  samples: readonly Sample[],
): Similarity {
  const recorded = sources.flatMap((source, m) =>
    isAbsence(source) ? [] : [{ source, step: run.moments[m].step }],
  );
  const final = recorded.at(-1)?.source;
  const alike = (i: number, other: typeof final) =>
    (other && medianAgreement(recorded[i].source, other, samples)) ?? Number.NaN;
  return {
    run: run.run,
    title,
    places: recorded.map(({ step }) => step),
    last: recorded.map((_, i) => alike(i, final)),
    previous: recorded.map((_, i) => alike(i, recorded[i - 1]?.source)),
  };
}
