/** What the panel says about heads, moments and weights. */
import type { TrainingRecord } from "../../types";

/** Returns a weight with as many digits as 8 bits of storage tell; `complete`: of a map stored whole. */
export function weightWords(weight: number, complete = false): string {
  if (Number.isNaN(weight)) return complete ? "NaN" : "not stored";
  return weight === 0 ? "0" : weight >= 0.001 ? weight.toFixed(4) : weight.toExponential(1);
}

export function headName(layer: string, head: number): string {
  return `${layer} · head ${head}`;
}

export const CAVEAT =
  "Attention is not attribution: a large weight says what was read, not what decided. " +
  "Rollout assumes that heads mix equally; relevance weighs them by the gradient.";

/** What the rollout of `record` starts from, in words. */
export function rolloutWords({ fields }: TrainingRecord): string {
  const from =
    fields.rollout_from === "mean of tokens" ? "mean of all tokens" : fields.rollout_from;
  return `read from the ${from}`;
}
