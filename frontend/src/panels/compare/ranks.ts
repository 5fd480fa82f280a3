/** The ranks of maps, kept for those that were compared last. */
import { correlation, storedRanks } from "../../maps/agreement";
import { LeastRecentlyUsed } from "../attributions/lru";
import { isAbsence, mapOf, type Source } from "../attributions/sources";

const BOUND = 32 * 2 ** 20; // bytes: two moments of 64 samples at 224 x 224 cells
const ENTRY = 200; // bytes beside the ranks

/** Without any where a value is not finite. */
const kept = new LeastRecentlyUsed<string, Float32Array>(BOUND);

/** Returns the rank correlation of a sample's maps; null where it is not defined. */
export function rankOf(a: Source, b: Source, hash: string): number | null {
  const [x, y] = [ranksOf(a, hash), ranksOf(b, hash)];
  return x.length > 0 && x.length === y.length ? correlation(x, y) : null;
}

function ranksOf(source: Source, hash: string): Float32Array {
  const key = `${source.id} ${hash}`;
  const known = kept.get(key);
  if (known) return known;
  const stored = mapOf(source, hash);
  // Ranks are whole or half numbers, which 32 bits hold exactly.
  const fresh = Float32Array.from(isAbsence(stored) ? [] : storedRanks(stored));
  kept.set(key, fresh, fresh.byteLength + ENTRY);
  return fresh;
}
