/** Tokens as the text they were made from: what follows what, what marks, what pads. */
import { isSpecial } from "../../attention/tokens";

/** One token, or the tokens of one word. */
export interface Word {
  /** As it reads in the text. */
  readonly text: string;
  /** As the tokenizer has it, of several tokens joined by spaces. */
  readonly raw: string;
  /** Its tokens: from `start` up to before `end`. */
  readonly start: number;
  readonly end: number;
  /** It stands right behind the word before, without a space. */
  readonly joined: boolean;
  /** It marks the text instead of being of it, as [SEP] does. */
  readonly special: boolean;
}

/** How a tokenizer says where words begin or go on. */
type Convention = "##" | "Ġ" | "▁" | "none";

/** Returns how the tokens of a probe mark words. */
export function conventionOf(texts: readonly (readonly string[])[]): Convention {
  const has = (mark: string) =>
    texts.some((tokens) => tokens.some((token) => token.startsWith(mark)));
  return (["##", "Ġ", "▁"] as const).find(has) ?? "none";
}

/** Returns a word for each of `tokens`, in order. */
export function tokensAsWords(tokens: readonly string[], convention: Convention): Word[] {
  return tokens.map((raw, i) => {
    const special = isSpecial(raw);
    const joined = i > 0 && !special && !isSpecial(tokens[i - 1]) && goesOn(raw, convention);
    return { text: readable(raw, convention), raw, start: i, end: i + 1, joined, special };
  });
}

/** Returns `words` with those that are joined made one. */
export function mergedWords(words: readonly Word[]): Word[] {
  const merged: Word[] = [];
  for (const word of words) {
    const before = merged.at(-1);
    if (!before || !word.joined) merged.push(word);
    else {
      const { start, joined, special } = before;
      const text = before.text + word.text;
      const raw = `${before.raw} ${word.raw}`;
      merged[merged.length - 1] = { text, raw, start, end: word.end, joined, special };
    }
  }
  return merged;
}

function goesOn(token: string, convention: Convention): boolean {
  if (convention === "##") return token.startsWith("##") && token.length > 2;
  if (convention === "none") return false;
  // Punctuation begins a word of its own, though no space stands before it.
  return !token.startsWith(convention) && /^[\p{L}\p{N}\p{M}]/u.test(token);
}

function readable(token: string, convention: Convention): string {
  const own = convention === "##" ? token.replace(/^##(?=.)/u, "") : token.replace(/^[Ġ▁]/u, "");
  const spaced = own.replace(/[Ġ▁]/gu, " ").replace(/Ċ/gu, "⏎");
  return spaced.trim() === "" ? JSON.stringify(token) : spaced;
}

/** Returns how many of the last words are the same special one: padding, where it is several. */
export function paddingOf(words: readonly Word[]): number {
  const last = words.at(-1);
  if (!last?.special) return 0;
  const other = words.findLastIndex(({ raw }) => raw !== last.raw);
  const count = words.length - 1 - other;
  return count > 1 || /pad/i.test(last.raw) ? count : 0;
}

/**
 * Returns which words to show where only so many fit, as [first, end).
 *
 * `sizes` are those of the words, `peak` the word that has to be among them.
 */
export function excerpt(
  sizes: readonly number[],
  room: number,
  peak: number,
): readonly [first: number, end: number] {
  const endFrom = (first: number): number => {
    let [end, left] = [first, room];
    while (end < sizes.length && sizes[end] <= left) left -= sizes[end++];
    return Math.max(end, Math.min(first + 1, sizes.length));
  };
  const fromStart = endFrom(0);
  if (peak < fromStart) return [0, fromStart];
  let [first, before] = [peak, room / 2];
  while (first > 0 && sizes[first - 1] <= before) before -= sizes[--first];
  return [first, endFrom(first)];
}
