/** Where methods contradict one another about one sample, in words. Pure. */
import { spearman } from "../../../maps/agreement";
import { byMagnitude } from "./breakdown";
import { signedWords } from "./words";

export interface Opinion {
  readonly title: string;
  readonly signed: boolean;
  readonly values: Float32Array;
}

const TOP = 3; // features whose order people go by
/** A sign counts where both values are at least this share of their method's largest. */
const NOTABLE = 0.2;
/** Places that a feature must lie apart in two orders to be called a difference. */
const APART = 3;
const NAMED = 2; // contradictions told of each pair

export interface Comparison {
  readonly agree: boolean;
  readonly words: string;
}

/** Returns one comparison for each pair of `opinions` on the features `names`. */
export function comparisons(opinions: readonly Opinion[], names: readonly string[]): Comparison[] {
  return opinions.flatMap((first, i) =>
    opinions.slice(i + 1).map((second) => compared(first, second, names)),
  );
}

function compared(first: Opinion, second: Opinion, names: readonly string[]): Comparison {
  const opposed = flips(first, second, names);
  const flipped = opposed.length > 0 ? [`opposite signs for ${listOf(opposed)}`] : [];
  const found = [...flipped, ...moves(first, second, names)];
  const pair = `${first.title} and ${second.title}`;
  const rank = spearman(magnitudes(first.values), magnitudes(second.values));
  const closeness = rank === null ? "" : ` (rank correlation ${rank.toFixed(2)})`;
  if (found.length === 0) {
    const agreed = first.signed && second.signed ? "signs and order" : "the order";
    return { agree: true, words: `${pair} agree on ${agreed} of the top features${closeness}.` };
  }
  const more = found.length - NAMED;
  const rest = more > 0 ? `; and ${more} more` : "";
  return {
    agree: false,
    words: `${pair} disagree: ${found.slice(0, NAMED).join("; ")}${rest}${closeness}.`,
  };
}

/** Returns "a", "a, b", or "a, b and 3 more". */
function listOf(words: readonly string[]): string {
  const more = words.length - NAMED;
  const named = words.slice(0, NAMED).join(", ");
  return more > 0 ? `${named} and ${more} more` : named;
}

function magnitudes(values: Float32Array): Float32Array {
  return values.map(Math.abs);
}

/** Features that speak for the output in one method and against it in the other. */
function flips(first: Opinion, second: Opinion, names: readonly string[]): string[] {
  if (!first.signed || !second.signed) return [];
  const [a, b] = [largest(first.values), largest(second.values)];
  return byMagnitude(first.values).flatMap((f) => {
    const [x, y] = [first.values[f], second.values[f]];
    const opposite = x * y < 0;
    if (!opposite || Math.abs(x) < NOTABLE * a || Math.abs(y) < NOTABLE * b) return [];
    return [`${names[f]} (${signedWords(x)} and ${signedWords(y)})`];
  });
}

function largest(values: Float32Array): number {
  return Math.abs(values[byMagnitude(values)[0]] ?? 0);
}

/** Features of either top that stand far apart in the two orders. */
function moves(first: Opinion, second: Opinion, names: readonly string[]): string[] {
  const [one, other] = [byMagnitude(first.values), byMagnitude(second.values)];
  const tops = [...new Set([...one.slice(0, TOP), ...other.slice(0, TOP)])];
  return tops.flatMap((f) => {
    const [i, j] = [one.indexOf(f), other.indexOf(f)];
    return Math.abs(i - j) < APART
      ? []
      : [`${names[f]} is ${ordinal(i + 1)} and ${ordinal(j + 1)}`];
  });
}

/** Returns "1st", "22nd", "13th". */
export function ordinal(place: number): string {
  const teen = place % 100 > 10 && place % 100 < 14;
  const suffix = teen ? "th" : (["th", "st", "nd", "rd"][place % 10] ?? "th");
  return `${place}${suffix}`;
}
