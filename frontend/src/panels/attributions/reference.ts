/** What a map is compared with in the drawing "difference". */
import type { RunRecords } from "./records";
import type { Reference } from "./settings";

export interface Against {
  readonly kind: Reference;
  /** For kind "epoch". */
  readonly epoch: number | null;
  /** For kind "run". */
  readonly run: string | null;
}

/** A run and one of its moments, by index. */
export interface Place {
  readonly run: number;
  readonly moment: number;
}

/** Returns where the reference of `place` stands, or why there is none. */
export function referenceOf(
  runs: readonly RunRecords[],
  place: Place,
  against: Against,
): Place | string {
  const { moments } = runs[place.run];
  if (against.kind === "previous") {
    if (place.moment > 0) return { run: place.run, moment: place.moment - 1 };
    return "The first record has no previous one.";
  }
  if (against.kind === "run") return sameMoment(runs, place, against.run);
  const epoch = against.kind === "untrained" ? -1 : against.epoch;
  const moment = moments.findLastIndex((each) => each.epoch === epoch);
  if (moment >= 0) return { run: place.run, moment };
  return epoch === -1
    ? "The untrained model was not recorded in this run."
    : `This run has no record of epoch ${epoch ?? "(none chosen)"}.`;
}

/** The other run's record of the same epoch, its last one where there are several. */
function sameMoment(
  runs: readonly RunRecords[],
  place: Place,
  name: string | null,
): Place | string {
  const run = runs.findIndex((each) => each.run === name);
  if (run < 0) return "Choose a shown run to compare with.";
  if (run === place.run) return "This is the run that others are compared with.";
  const { step, epoch } = runs[place.run].moments[place.moment];
  const { moments } = runs[run];
  const exact = moments.findIndex((each) => each.step === step && each.epoch === epoch);
  const moment = exact >= 0 ? exact : moments.findLastIndex((each) => each.epoch === epoch);
  if (moment >= 0) return { run, moment };
  return `${name} has no record of ${epoch < 0 ? "the untrained model" : `epoch ${epoch}`}.`;
}

/** Returns what values are differences from, in words. */
export function againstWords(against: Against): string {
  if (against.kind === "previous") return "the record before";
  if (against.kind === "untrained") return "the untrained model";
  if (against.kind === "epoch") return `epoch ${against.epoch ?? "?"}`;
  return against.run ?? "another run";
}
