/** What a run recorded since it was loaded, so that only that is asked for. Pure. */
import type { CatalogSeries } from "./api";
import type { Series } from "./types";

/**
 * Returns the step from which on there are new records; null where more than that has changed, as
 * when a training was resumed from an earlier step.
 */
export function grownSince(
  known: readonly Series[],
  listed: readonly CatalogSeries[],
): number | null {
  const lastSteps = new Map(listed.map(({ tag, last_step }) => [tag, last_step]));
  const begins: number[] = [];
  for (const { tag, records, unloaded } of known) {
    const newest = Math.max(records.at(-1)?.step ?? -1, unloaded.at(-1)?.step ?? -1);
    const last = lastSteps.get(tag);
    if (last === undefined || last < newest) return null;
    if (last > newest) begins.push(newest + 1);
  }
  return begins.length > 0 ? Math.min(...begins) : null;
}
