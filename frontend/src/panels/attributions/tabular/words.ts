/** Numbers that speak for or against, in letters. */
import { score } from "../../../format";

/** Returns "+0.82", "−0.31" (with a minus as wide as the plus), or "0". */
export function signedWords(value: number): string {
  if (!Number.isFinite(value) || value === 0) return score(value);
  return `${value > 0 ? "+" : "−"}${score(Math.abs(value))}`;
}
