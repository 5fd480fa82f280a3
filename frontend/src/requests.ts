/** Which records are to be asked for, given those the page holds. Pure. */
import type { CatalogRun } from "./api";
import { runSignature } from "./catalog";
import { type Detail, FIRST_PART, firstLevelFor, type Level, levelFor } from "./detail";
import { grownSince } from "./grown";
import type { Series } from "./types";

export interface LoadedRun {
  readonly signature: string;
  readonly series: readonly Series[];
  /** Records of each series that were asked for, if there are so many. */
  readonly most: number;
}

/** Runs to ask for, by name, each with the signature of what is listed; and which records of them. */
export interface Request {
  readonly runs: ReadonlyMap<string, string>;
  readonly detail: Detail;
}

/** Whether there are records of the series that are not loaded. */
export const isPartial = ({ unloaded }: Series) => unloaded.length > 0;

/** Returns what to ask for next so that the panel has what it should of `listed`, all that are shown. */
export function whatIsMissing(
  listed: readonly CatalogRun[],
  loaded: ReadonlyMap<string, LoadedRun> | undefined,
): Request[] {
  const questions = new Map<string, { runs: Map<string, string>; detail: Detail }>();
  for (const run of listed) {
    const detail = detailOf(run, loaded?.get(run.run), listed.length);
    if (!detail) continue;
    const key = JSON.stringify(detail);
    const { runs } = questions.get(key) ?? { runs: new Map() };
    questions.set(key, { runs: runs.set(run.run, runSignature(run)), detail });
  }
  return [...questions.values()];
}

function detailOf(run: CatalogRun, known: LoadedRun | undefined, runs: number): Detail | null {
  const first = firstLevelFor(runs);
  if (!known) return first;
  if (known.signature === runSignature(run)) return finerThan(known, first, levelFor(runs));
  const from = grownSince(known.series, run.series);
  return from === null ? first : { from };
}

/** Fewer runs than before may be shown in more detail. */
function finerThan({ most, series }: LoadedRun, first: Level, full: Level): Detail | null {
  if (!series.some(isPartial)) return null;
  if (most === first.most) return { ...full, beyond: FIRST_PART };
  if (full.most < 2 * most) return null;
  return first.most > most ? first : full;
}
