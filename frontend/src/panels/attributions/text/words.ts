/** Tokens as the text they were made from: what follows what, what marks, what pads. */
import { isSpecial } from "../../attention/tokens";
import { fromBytes } from "./bytes";

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
    return { text: readable([raw], convention), raw, start: i, end: i + 1, joined, special };
  });
}

/** Returns the words of `tokens`, in order: those that go on with the one before made one. */
export function wholeWords(tokens: readonly string[], convention: Convention): Word[] {
  const words: Word[] = [];
  for (const word of tokensAsWords(tokens, convention)) {
    const before = words.at(-1);
    if (!before || !word.joined) words.push(word);
    else {
      const own = tokens.slice(before.start, word.end);
      const text = readable(own, convention);
      words[words.length - 1] = { ...before, text, raw: own.join(" "), end: word.end };
    }
  }
  return words;
}

function goesOn(token: string, convention: Convention): boolean {
  if (convention === "##") return token.startsWith("##") && token.length > 2;
  if (convention === "none") return false;
  // Punctuation begins a word of its own, though no space stands before it.
  const begins = convention === "Ġ" ? IN_LETTERS_OR_BYTES : IN_LETTERS;
  return !token.startsWith(convention) && begins.test(token);
}

const IN_LETTERS = /^[\p{L}\p{N}\p{M}]/u;
/** The bytes of letters beyond ASCII are spelled as whatever Latin-1 has there. */
const IN_LETTERS_OR_BYTES = /^[\p{L}\p{N}\p{M}\u00a1-\u00ff]/u;

/** Returns the text of the `tokens` of one word. */
function readable(tokens: readonly string[], convention: Convention): string {
  const own = tokens.map((token) => unmarked(token, convention)).join("");
  const text = convention === "Ġ" ? fromBytes(own) : own;
  const spaced = text.replace(/▁/gu, " ").replace(/\n/gu, "⏎");
  return spaced.trim() === "" ? JSON.stringify(tokens.join("")) : spaced;
}

function unmarked(token: string, convention: Convention): string {
  return convention === "##" ? token.replace(/^##(?=.)/u, "") : token.replace(/^[Ġ▁]/u, "");
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
