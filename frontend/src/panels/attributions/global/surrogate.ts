/** Simple models fitted beside a model; schema.py, `surrogate`. Pure. */
import { percent } from "../../../format";
import { isGap } from "../../../kinds/shared";
import type { Series, TrainingRecord } from "../../../types";

export interface Node {
  readonly feature?: number | null;
  readonly threshold?: number | null;
  readonly left?: number | null;
  readonly right?: number | null;
  readonly value: readonly number[];
  readonly samples: number;
}

export interface Imitation {
  readonly name: string;
  /** On samples that it was not fitted to. */
  readonly r2: number | null;
  /** How often it names the same class; null of regressions. */
  readonly agreement: number | null;
  readonly r2_fitted: number | null;
  readonly tree: readonly Node[] | null;
}

export interface Surrogate {
  readonly run: string;
  readonly step: number;
  readonly epoch: number;
  readonly features: readonly string[];
  readonly outputs: readonly string[];
  readonly models: readonly Imitation[];
  readonly fitted: number;
  readonly heldOut: number;
  /** [C, F], per standard deviation of a feature. */
  readonly coefficients: Float32Array;
}

export const TITLES: Readonly<Record<string, string>> = {
  ridge: "Linear model (ridge)",
  tree: "Decision tree",
};

/** Returns what `run` recorded, by ascending step. */
export function surrogatesOf(series: readonly Series[], run: string): Surrogate[] {
  return series
    .filter((entry) => entry.run === run && entry.kind === "surrogate")
    .flatMap(({ records }) => records.filter((record) => !isGap(record)))
    .sort((a, b) => a.step - b.step)
    .map((record) => toSurrogate(run, record));
}

function toSurrogate(run: string, { step, epoch, fields, arrays }: TrainingRecord): Surrogate {
  return {
    ...{ run, step, epoch },
    features: fields.features as string[],
    outputs: fields.outputs as string[],
    models: fields.models as Imitation[],
    fitted: fields.fitted as number,
    heldOut: fields.held_out as number,
    coefficients: arrays.coefficients.data as Float32Array,
  };
}

/** Below the first of these shares of the variance a surrogate explains nothing, below the second little. */
export const NOTHING = 0.3;
export const ROUGH = 0.7;

export interface Fidelity {
  readonly level: "fail" | "warn" | "good";
  readonly words: string;
}

/** Returns how far the imitation may stand for the model, in words. */
export function fidelityOf({ r2, agreement }: Imitation): Fidelity {
  const same =
    agreement === null ? "" : `; it names the same class in ${percent(agreement)} of them`;
  if (r2 === null)
    return { level: "fail", words: "Fidelity is not defined: outputs are constant." };
  const share = `${r2 < 0 ? "less than none" : percent(r2)} of the outputs' variance over samples`;
  if (r2 < NOTHING) {
    return { level: "fail", words: `Explains nothing: it accounts for ${share}${same}.` };
  }
  if (r2 < ROUGH) {
    return { level: "warn", words: `A rough likeness: it accounts for ${share}${same}.` };
  }
  return { level: "good", words: `It accounts for ${share}${same}.` };
}

/** One line of a tree, indented by `depth`. */
export interface Line {
  readonly depth: number;
  /** As "duration at most 31.5", or "otherwise"; "" of the whole tree's root. */
  readonly condition: string;
  readonly samples: number;
  /** Of a leaf; null where it is split further. */
  readonly value: number | null;
}

/** Returns the lines of `tree` for output `c`, every condition before what follows from it. */
export function linesOf(tree: readonly Node[], features: readonly string[], c: number): Line[] {
  const lines: Line[] = [];
  const walk = (at: number, depth: number, condition: string) => {
    const node = tree[at];
    const { left, right, feature, threshold } = node;
    const split = isChild(left) && isChild(right);
    lines.push({ depth, condition, samples: node.samples, value: split ? null : node.value[c] });
    if (!split) return;
    const name = features[feature as number];
    const [low, high] = conditions(name, threshold as number);
    walk(left, depth + 1, low);
    walk(right, depth + 1, high);
  };
  walk(0, 0, "");
  return lines;
}

function isChild(child: number | null | undefined): child is number {
  return typeof child === "number" && child >= 0;
}

/** A column that is 0 or 1 for a category is read as a yes or no. */
function conditions(name: string, threshold: number): [string, string] {
  if (name.includes(" = ") && threshold > 0 && threshold < 1) {
    return [name.replace(" = ", " is not "), name.replace(" = ", " is ")];
  }
  const value = Number(threshold.toPrecision(4));
  return [`${name} ≤ ${value}`, `${name} > ${value}`];
}
