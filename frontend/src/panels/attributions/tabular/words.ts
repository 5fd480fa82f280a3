/** Numbers that speak for or against, in letters. */
import { score } from "../../../format";
import type { Reading } from "./readings";

/** Returns "+0.82", "−0.31" (with a minus as wide as the plus), or "0". */
export function signedWords(value: number): string {
  if (!Number.isFinite(value) || value === 0) return score(value);
  return `${value > 0 ? "+" : "−"}${score(Math.abs(value))}`;
}

/** Returns an attribution in words: with a sign where its method gives one. */
export function attributedWords({ source }: Reading, value: number): string {
  return source.signed ? signedWords(value) : score(value);
}
