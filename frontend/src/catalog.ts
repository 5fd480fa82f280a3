/** What the catalog says about runs; pure. */
import type { Catalog, CatalogRun } from "./api";
import { count, plural } from "./format";
import type { Series } from "./types";

const DEFAULT_RUNS = 8; // more curves than this are no longer told apart at a glance
const LIVE_SECONDS = 120; // a run whose newest record is younger is taken to be training

/** Returns the shown runs: those `wanted` that exist, or by default the most recent ones. */
export function shownRuns(catalog: Catalog | null, wanted: readonly string[] | null): string[] {
  const runs = catalog?.runs ?? [];
  if (wanted !== null) return runs.map(({ run }) => run).filter((run) => wanted.includes(run));
  const recent = [...runs]
    .sort((a, b) => newestWallTime(b) - newestWallTime(a))
    .slice(0, DEFAULT_RUNS);
  return runs.filter((run) => recent.includes(run)).map(({ run }) => run);
}

/** Returns the names of `runs`, oldest first: a new run then takes no other run's colour. */
export function oldestFirst(runs: readonly CatalogRun[]): string[] {
  const start = (run: CatalogRun) => run.start_time ?? Number.MAX_VALUE;
  const sorted = [...runs].sort((a, b) => start(a) - start(b) || (a.run < b.run ? -1 : 1));
  return sorted.map(({ run }) => run);
}

/** Returns when the run's newest record was written, in Unix seconds; 0 without any. */
export function newestWallTime(run: CatalogRun): number {
  return Math.max(0, ...run.series.map((series) => series.last_wall_time));
}

/** Returns the run's last step; -1 without any record. */
export function lastStep(run: CatalogRun): number {
  return Math.max(-1, ...run.series.map((series) => series.last_step));
}

/** "11 epochs" where the run's last record is among the loaded ones, else its last step. */
export function lengthOf(entry: CatalogRun, loaded: readonly Series[]): string {
  const step = lastStep(entry);
  const last = loaded
    .flatMap(({ run, records }) => (run === entry.run ? records.slice(-1) : []))
    .find((record) => record.step >= step);
  return last ? plural(last.epoch + 1, "epoch") : `step ${count(step)}`;
}

/** Whether the run wrote a record in the last two minutes. */
export function isLive(run: CatalogRun, nowSeconds: number): boolean {
  return Math.abs(nowSeconds - newestWallTime(run)) < LIVE_SECONDS;
}

/** Returns a text that differs whenever the run's records do. */
export function runSignature(run: CatalogRun): string {
  return JSON.stringify(run.series.map((s) => [s.tag, s.kind, s.last_step, s.last_wall_time]));
}

/** Returns the runs whose name matches `pattern`, or what is wrong with the pattern. */
export function filterRuns<T extends { readonly run: string }>(
  runs: readonly T[],
  pattern: string,
): { runs: readonly T[]; error: string | null } {
  try {
    const expression = new RegExp(pattern, "iu");
    return { runs: runs.filter(({ run }) => expression.test(run)), error: null };
  } catch (error) {
    return { runs, error: (error as Error).message };
  }
}
