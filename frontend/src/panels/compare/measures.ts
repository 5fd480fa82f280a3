/** How far two maps of one sample lie apart, in numbers. Pure. */
import { dequantise, type StoredMap, type ValueMap } from "../../maps/dequantise";
import { ssim } from "../../maps/ssim";
import { centreOfMass, type Position } from "../../maps/statistics";
import { differencePeak } from "../attributions/limits";
import { isAbsence, mapOf, type Source } from "../attributions/sources";
import { rankOf } from "./ranks";

/** Null where a figure is not defined. */
export interface Measures {
  /** Rank correlation (Spearman). */
  readonly rank: number | null;
  readonly ssim: number | null;
  /** Share of the strongest values that are the same ones. */
  readonly overlap: number | null;
  /** Of the centre of the positive mass, as a fraction of the input's side. */
  readonly shift: number | null;
  /** Where it lies in A and in B. */
  readonly centres: readonly [Position, Position] | null;
  /** Sums of all values. */
  readonly totals: readonly [number, number];
  /** The largest |B - A|. */
  readonly difference: number;
  /** Why the maps do not compare, if they do not. */
  readonly reason: string | null;
}

const STRONGEST = 0.1; // share of the values that count as the strongest
const FEWEST = 3; // values that do, of however few

const known = new WeakMap<Source, WeakMap<Source, Map<string, Measures>>>();

/** Returns how the maps of the sample `hash` differ, computed once. */
export function measuresOf(a: Source, b: Source, hash: string): Measures {
  const ofA = known.get(a) ?? new WeakMap<Source, Map<string, Measures>>();
  known.set(a, ofA);
  const ofPair = ofA.get(b) ?? new Map<string, Measures>();
  ofA.set(b, ofPair);
  const found = ofPair.get(hash) ?? newMeasures(a, b, hash);
  ofPair.set(hash, found);
  return found;
}

function newMeasures(a: Source, b: Source, hash: string): Measures {
  const [before, after] = [mapOf(a, hash), mapOf(b, hash)];
  if (isAbsence(before)) return without(`A: ${before.reason}`);
  if (isAbsence(after)) return without(`B: ${after.reason}`);
  if (before.height !== after.height || before.width !== after.width) {
    const [first, second] = [before, after].map(({ height, width }) => `${height} x ${width}`);
    return without(`Maps of ${first} and ${second} cells do not compare.`);
  }
  return new Compared({ a, b, hash, before, after });
}

interface Both {
  readonly a: Source;
  readonly b: Source;
  readonly hash: string;
  readonly before: StoredMap;
  readonly after: StoredMap;
}

/** Each figure is computed when first asked for: no view shows all of them. */
class Compared implements Measures {
  readonly reason = null;
  readonly #both: Both;
  readonly #known = new Map<string, unknown>();

  constructor(both: Both) {
    this.#both = both;
  }

  get rank(): number | null {
    const { a, b, hash } = this.#both;
    return this.#once("rank", () => rankOf(a, b, hash));
  }

  get ssim(): number | null {
    return this.#once("ssim", () => (this.#modality === "image" ? ssim(...this.#maps()) : null));
  }

  get overlap(): number | null {
    return this.#once("overlap", () => {
      const [x, y] = this.#maps();
      return topOverlap(x.values, y.values);
    });
  }

  get centres(): readonly [Position, Position] | null {
    return this.#once("centres", () => {
      if (this.#modality !== "image" && this.#modality !== "series") return null;
      const [from, to] = this.#maps().map(centreOfMass);
      return from && to ? [from, to] : null;
    });
  }

  get shift(): number | null {
    return this.centres && shiftOf(...this.centres, this.#modality);
  }

  get totals(): readonly [number, number] {
    return this.#once("totals", () => {
      const [x, y] = this.#maps();
      return [sum(x.values), sum(y.values)];
    });
  }

  get difference(): number {
    const { before, after } = this.#both;
    return this.#once("difference", () => differencePeak(after, before) ?? Number.NaN);
  }

  get #modality(): string {
    return this.#both.a.probe.modality;
  }

  /** Not kept: of many samples and moments they would fill the memory. */
  #maps(): [ValueMap, ValueMap] {
    return [dequantise(this.#both.before), dequantise(this.#both.after)];
  }

  #once<T>(name: string, compute: () => T): T {
    if (!this.#known.has(name)) this.#known.set(name, compute());
    return this.#known.get(name) as T;
  }
}

function without(reason: string): Measures {
  const none = { rank: null, ssim: null, overlap: null, shift: null, centres: null };
  return { ...none, totals: [Number.NaN, Number.NaN], difference: Number.NaN, reason };
}

/** Of a series the place in time alone counts: its channels have no order. */
function shiftOf(from: Position, to: Position, modality: string): number {
  const across = to.x - from.x;
  return modality === "series" ? Math.abs(across) : Math.hypot(across, to.y - from.y);
}

/** Returns the share of the strongest values that two maps have in common; null for maps of zeros. */
export function topOverlap(x: Float32Array, y: Float32Array): number | null {
  const [first, second] = [strongest(x), strongest(y)];
  if (first.size === 0 || second.size === 0) return null;
  let common = 0;
  for (const index of first) if (second.has(index)) common++;
  return common / Math.max(first.size, second.size);
}

/** Of equal values the first ones count; zeros never do, nor maps with values that are not finite. */
function strongest(values: Float32Array): Set<number> {
  const found = new Set<number>();
  const sizes = values.map(Math.abs);
  const sorted = sizes.slice().sort();
  if (!Number.isFinite(sorted[sorted.length - 1])) return found;
  const count = Math.min(values.length, Math.max(FEWEST, Math.round(STRONGEST * values.length)));
  const least = sorted[sorted.length - count];
  sizes.forEach((size, i) => {
    if (size > least) found.add(i);
  });
  for (let i = 0; i < sizes.length && found.size < count && least > 0; i++) {
    if (sizes[i] === least) found.add(i);
  }
  return found;
}

function sum(values: Float32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Returns the median of numbers; null of none. */
export function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
