/** Lines between two columns of tokens: which, and how strong; pure. */
import type { HeadMap } from "./weights";

export interface TokenLine {
  readonly query: number;
  readonly key: number;
  readonly weight: number;
  /** In [0, 1]. */
  readonly opacity: number;
}

/** Fainter than this nobody sees a line. */
const FAINTEST = 0.02;
/** Of the other tokens' lines while one token is in focus. */
const BEHIND = 0.06;
/** Among more lines than these the fainter ones are not seen, and drawing takes too long. */
const MOST_LINES = 1000;

/**
 * Returns the lines among the tokens at `places`, faintest first.
 *
 * Opacity is the weight's share of `limit`; while one query is in focus the others' lines step
 * back.
 */
export function tokenLines(
  map: HeadMap,
  places: readonly number[],
  limit: number,
  focus: number | null,
): TokenLine[] {
  const lines: TokenLine[] = [];
  for (const query of places) {
    if (query >= map.height) continue;
    const dimmed = focus === null || focus === query ? 1 : BEHIND;
    for (const key of places) {
      const weight = map.values[query * map.width + key];
      const opacity = limit > 0 ? Math.min(1, weight / limit) * dimmed : 0;
      if (key < map.width && opacity >= FAINTEST) lines.push({ query, key, weight, opacity });
    }
  }
  return lines.sort((a, b) => a.opacity - b.opacity).slice(-MOST_LINES);
}
