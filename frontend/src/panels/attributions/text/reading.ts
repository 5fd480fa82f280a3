/** What a map says of each word of a sample. */
import { dequantise } from "../../../maps/dequantise";
import type { Probe } from "../../../samples";
import { type Absence, isAbsence, mapOf, type Source } from "../sources";
import { conventionOf, paddingOf, tokensAsWords, type Word, wholeWords } from "./words";

/** How tokens are read. */
export interface Manner {
  /** Tokens of one word as one. */
  readonly merged: boolean;
  /** The Euclidean norm over each token's embedding instead of the sum. */
  readonly norms: boolean;
}

export interface Reading {
  readonly source: Source;
  readonly words: readonly Word[];
  /** Of the words, in the method's unit. */
  readonly values: Float32Array;
  readonly signed: boolean;
  /** The largest finite |value|. */
  readonly peak: number;
  /** Of the last words, how many only fill the batch. */
  readonly padding: number;
}

const texts = new WeakMap<Probe, Map<string, readonly Word[]>>();
const readings = new WeakMap<Source, Map<string, Reading | Absence>>();

/** Returns the words of sample `n`; of inputs that are not stored, the tokens' numbers. */
export function wordsOf(probe: Probe, n: number, count: number, merged: boolean): readonly Word[] {
  const known = texts.get(probe) ?? new Map<string, readonly Word[]>();
  texts.set(probe, known);
  const key = `${n} ${count} ${merged}`;
  const all = (probe.record.fields.tokens as readonly (readonly string[])[] | null) ?? null;
  const own = all?.[n] ?? [];
  const tokens = Array.from({ length: count }, (_, t) => own[t] ?? `#${t}`);
  const read = merged ? wholeWords : tokensAsWords;
  const words = known.get(key) ?? read(tokens, conventionOf(all ?? []));
  known.set(key, words);
  return words;
}

/** Returns how `source` reads the sample `hash`, or why it does not. */
export function readingOf(source: Source, hash: string, manner: Manner): Reading | Absence {
  const known = readings.get(source) ?? new Map<string, Reading | Absence>();
  readings.set(source, known);
  const key = `${manner.merged} ${manner.norms} ${hash}`;
  const reading = known.get(key) ?? newReading(source, hash, manner);
  known.set(key, reading);
  return reading;
}

function newReading(source: Source, hash: string, { merged, norms }: Manner): Reading | Absence {
  const stored = mapOf(source, hash);
  if (isAbsence(stored)) return stored;
  const n = source.probe.places.get(hash) ?? 0;
  const T = stored.width;
  const all = source.account?.norms;
  const asNorms = norms && all?.data instanceof Float32Array;
  const tokens = asNorms
    ? (all.data as Float32Array).subarray(n * T, (n + 1) * T)
    : dequantise(stored).values;
  const words = wordsOf(source.probe, n, T, merged);
  const values = Float32Array.from(words, (word) => together(tokens, word, asNorms));
  const signed = source.signed && !asNorms;
  return { source, words, values, signed, peak: peakOf(values), padding: paddingOf(words) };
}

/** The sum of a word's tokens; of norms the norm over all their embeddings. */
function together(tokens: Float32Array, { start, end }: Word, asNorms: boolean): number {
  const own = tokens.subarray(start, end);
  if (own.length === 1) return own[0];
  return asNorms ? Math.hypot(...own) : own.reduce((sum, value) => sum + value, 0);
}

function peakOf(values: Float32Array): number {
  let peak = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (size > peak && size !== Number.POSITIVE_INFINITY) peak = size;
  }
  return peak;
}

/** Of the largest |value|: what is less is noise beside it. */
const COUNTS = 0.01;

/** Returns the words with the largest values above zero (`sign` 1) or below (-1), at most `most`. */
export function topWords({ words, values, peak }: Reading, sign: 1 | -1, most: number) {
  return words
    .map((word, i) => ({ word, index: i, value: values[i] }))
    .filter(({ value }) => sign * value > COUNTS * peak)
    .sort((a, b) => sign * (b.value - a.value))
    .slice(0, most);
}

/** Returns the share of the word's |value| in all of them; NaN where their sum is none. */
export function shareOf({ values }: Reading, index: number): number {
  const all = values.reduce((sum, value) => sum + Math.abs(value), 0);
  return Math.abs(values[index]) / all;
}
