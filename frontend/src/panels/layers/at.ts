import { indexAtOrBefore } from "../../moments";

/** Returns the newest entry at or before `step`. */
export function recordAtOrBefore<T extends { readonly step: number }>(
  entries: readonly T[],
  step: number,
): T | undefined {
  return entries[indexAtOrBefore(entries, step)];
}
