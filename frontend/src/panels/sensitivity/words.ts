/** What edits, measures and estimates are called. */
import { percent, score } from "../../format";
import type { Edit, Measure, Reading } from "./readings";

interface Words {
  readonly label: string;
  /** What its axis is. */
  readonly short: string;
  readonly levels: string;
}

/** In the order in which they are offered. */
export const EDITS: Readonly<Record<Edit, Words>> = {
  unstructured: {
    label: "weights",
    short: "sparsity",
    levels: "share of weights set to zero, the smallest first",
  },
  channel: {
    label: "channels",
    short: "channels removed",
    levels: "share of a group's channels removed",
  },
  heads: {
    label: "heads",
    short: "heads removed",
    levels: "share of an attention's heads removed",
  },
  "n:m": {
    label: "n:m",
    short: "pattern",
    levels: "non-zeros in every m neighbours along the inputs",
  },
  bits: { label: "bits", short: "bits", levels: "bits of a weight" },
  clusters: { label: "clusters", short: "clusters", levels: "values that weights share" },
};

/** What a unit's size counts, of edits that remove. */
export const COUNTED: Readonly<Partial<Record<Edit, string>>> = {
  unstructured: "weights",
  "n:m": "weights",
  channel: "channels",
  heads: "heads",
};

export const MEASURES: readonly Measure[] = ["kl_batch", "kl", "loss", "metric", "repaired"];

/** Returns the short name of a measure, for a choice. */
export function measureLabel(measure: Measure, metric: string): string {
  const labels = { kl_batch: "KL batch", kl: "KL", loss: "loss", repaired: "repaired" };
  return measure === "metric" ? metric : labels[measure];
}

/** Returns what a measure is, in full. */
export function measureTitle(measure: Measure, metric: string): string {
  return {
    kl_batch: "KL from the unedited model, BatchNorm behind the edit in batch statistics (nats)",
    kl: "KL from the unedited model (nats)",
    loss: "change of the loss",
    metric: `change of ${metric}`,
    repaired: "share of the KL that refitting the unit's own weights repairs",
  }[measure];
}

/** Returns `value` of a measure as people read it. */
export function formatValue(measure: Measure, value: number): string {
  if (Number.isNaN(value)) return "not measured";
  if (measure === "repaired") return percent(value);
  const signed = measure === "loss" || measure === "metric";
  return `${signed && value > 0 ? "+" : ""}${score(value)}`;
}

/** "output Fisher". */
export function estimateName(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.replace("fisher", "Fisher").replace("kl", "KL").replace("hawq", "HAWQ");
}

/** "exact scan", "estimate by output Fisher". */
export function sourceWords({ estimate, mode }: Reading): string {
  if (estimate !== null) return `estimate by ${estimateName(estimate)}`;
  return mode === "bitwise" ? "exact scan" : `scan in ${mode} mode`;
}

/** "exact", "fused", "estimate". */
export function badgeWords({ estimate, mode }: Reading): string {
  if (estimate !== null) return "estimate";
  return mode === "bitwise" ? "exact" : mode;
}
