/** What a record says of how far the values of an attribution hold; schema.py, `attribution`. */
import type { NamedArray, TrainingRecord } from "../../types";

export interface Account {
  /** Whether values should add up to output - base. */
  readonly complete: boolean;
  /** In words; null where the method takes none. */
  readonly baseline: string | null;
  /** Why to doubt the method. */
  readonly caveat: string | null;
  readonly notes: readonly string[];
  /** Of each sample, where the method has them: what values add up from, and their exact sum. */
  readonly base: NamedArray | null;
  readonly total: NamedArray | null;
  /** Weighted R^2 of the local model that the values are coefficients of. */
  readonly fit: NamedArray | null;
  /** Of text: [N, T], Euclidean norms over a token's embedding. */
  readonly norms: NamedArray | null;
}

interface Entry {
  readonly array: string;
  readonly complete: boolean;
  readonly baseline?: string | null;
  readonly caveat?: string | null;
  readonly notes?: readonly string[] | null;
}

/** Returns the account of the map `array`; null of class activation maps. */
export function accountOf({ kind, fields, arrays }: TrainingRecord, array: string): Account | null {
  const entry = (fields.maps as readonly Entry[]).find((each) => each.array === array);
  if (kind !== "attribution" || !entry) return null;
  return {
    complete: entry.complete,
    baseline: entry.baseline ?? null,
    caveat: entry.caveat ?? null,
    notes: entry.notes ?? [],
    base: arrays[`${array}.base`] ?? null,
    total: arrays[`${array}.total`] ?? null,
    fit: arrays[`${array}.fit`] ?? null,
    norms: arrays[`${array}.l2`] ?? null,
  };
}

/** From these relative errors on, values are said to miss the output. */
export const SUSPECT = 0.05;
export const BROKEN = 0.2;

/** What the values of one sample add up from and to. */
export interface Sum {
  readonly base: number;
  readonly total: number;
  readonly output: number;
  /** |total - (output - base)| / |output - base|; NaN where a part of it is not finite, or 0 / 0. */
  readonly error: number;
}

/** Returns the sum of sample `n`; null where the method has none. */
export function sumOf(account: Account | null, outputs: NamedArray | null, n: number): Sum | null {
  if (!account?.base || !account.total || !outputs) return null;
  const [base, total, output] = [account.base, account.total, outputs].map(({ data }) => {
    return Number(data[n]);
  });
  const change = output - base;
  return { base, total, output, error: Math.abs(total - change) / Math.abs(change) };
}
