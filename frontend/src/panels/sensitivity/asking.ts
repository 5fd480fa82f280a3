/** What may be asked of a plan, and how the server is asked; pure. */
import { percent, score } from "../../format";
import type { Edit } from "./readings";
import type { BudgetOf } from "./settings";

interface Allocator {
  readonly name: string;
  readonly label: string;
  readonly edits: readonly Edit[];
  /** Whether it needs a table of the record, by its name. */
  readonly tabulated?: boolean;
}

const REMOVALS: readonly Edit[] = ["unstructured", "channel", "heads"];

/** As tb_explain/planning/allocators.py has them, those that need the model at hand left out. */
export const ALLOCATORS: readonly Allocator[] = [
  { name: "sensitivity", label: "sensitivity", edits: [...REMOVALS, "n:m", "bits", "clusters"] },
  { name: "uniform", label: "uniform", edits: [...REMOVALS, "n:m", "bits", "clusters"] },
  {
    name: "global_magnitude",
    label: "global magnitude",
    edits: ["unstructured", "channel"],
    tabulated: true,
  },
  { name: "lamp", label: "LAMP", edits: ["unstructured"], tabulated: true },
  { name: "erk", label: "ERK", edits: ["unstructured"] },
];

/** Returns the allocators that apply to an edit, with what its record tabulates. */
export function allocatorsOf(edit: Edit, tables: readonly string[]): readonly Allocator[] {
  return ALLOCATORS.filter(
    ({ name, edits, tabulated }) => edits.includes(edit) && (!tabulated || tables.includes(name)),
  );
}

/** What people call an allocator; a name that this page doesn't know stays as it is. */
export function allocatorLabel(name: string): string {
  return ALLOCATORS.find((each) => each.name === name)?.label ?? name;
}

/** Returns what a budget may be of: zeros in place save neither time nor bytes. */
export function budgetsOf(edit: Edit, timed: boolean): readonly BudgetOf[] {
  if (edit === "bits" || edit === "clusters") return ["bytes", "kl"];
  if (edit === "unstructured" || edit === "n:m") return ["parameters", "macs", "kl"];
  return timed
    ? ["macs", "latency", "parameters", "bytes", "kl"]
    : ["macs", "parameters", "bytes", "kl"];
}

const WHOLE_BITS = 32;
const DEEPEST = 50; // times smaller: as far as the slider ever reaches
const NATS = [1e-4, 10] as const;
const DIGITS = 3;

/**
 * Returns how many times smaller a model gets at the deepest of `levels`, about.
 *
 * Removing channels narrows both sides of a layer.
 */
export function deepestOf(edit: Edit, levels: readonly number[]): number {
  const [low, high] = [Math.min(...levels), Math.max(...levels)];
  const times = {
    unstructured: 1 / (1 - high),
    "n:m": 1 / (1 - high),
    channel: 1 / (1 - high) ** 2,
    heads: 1 / (1 - high),
    bits: WHOLE_BITS / low,
    clusters: WHOLE_BITS / Math.max(1, Math.log2(low)),
  }[edit];
  return times > 1 ? Math.min(DEEPEST, times) : DEEPEST;
}

/** Returns what the slider keeps at `place` from 0 to 1. */
export function keepAt(of: BudgetOf, place: number, deepest: number): number {
  const keep =
    of === "kl" ? NATS[0] * (NATS[1] / NATS[0]) ** place : deepest ** -Math.max(0, place);
  return Number(keep.toPrecision(DIGITS));
}

/** Returns where on the slider `keep` lies. */
export function placeOfKeep(of: BudgetOf, keep: number, deepest: number): number {
  const place =
    of === "kl"
      ? Math.log(keep / NATS[0]) / Math.log(NATS[1] / NATS[0])
      : -Math.log(keep) / Math.log(deepest);
  return Math.min(1, Math.max(0, place));
}

/** What a plan keeps where nobody chose. */
export function usualKeep(of: BudgetOf, edit: Edit): number {
  if (of === "kl") return 0.1;
  if (of === "bytes" && (edit === "bits" || edit === "clusters")) return 0.2;
  return of === "parameters" && edit === "unstructured" ? 0.2 : 0.5;
}

const NOUNS: Readonly<Record<BudgetOf, string>> = {
  parameters: "weights",
  macs: "MACs",
  latency: "time",
  bytes: "bytes",
  kl: "KL",
};

/** "2.0x fewer MACs, 50 % kept". */
export function budgetWords(of: BudgetOf, keep: number): string {
  if (of === "kl") return `at most ${score(keep)} nats predicted`;
  const less = of === "latency" ? "less" : "fewer";
  return `${(1 / keep).toFixed(1)}x ${less} ${NOUNS[of] ?? of}, ${percent(keep)} kept`;
}

/** A record and what is wanted of it. */
export interface Asked {
  readonly run: string;
  readonly monitor: string;
  readonly step: number;
  readonly of: BudgetOf;
  readonly keep: number;
  readonly allocator: string;
  readonly keepFirst: boolean;
  readonly keepLast: boolean;
  readonly multiple: number;
  readonly minimum: number;
  readonly frozen: readonly string[];
}

/** Returns the query of the plan that is `asked` for. */
export function queryOf(asked: Asked): string {
  const query = new URLSearchParams({
    run: asked.run,
    monitor: asked.monitor,
    step: String(asked.step),
    of: asked.of,
    keep: String(asked.keep),
    allocator: asked.allocator,
  });
  if (asked.keepFirst) query.set("keep_first", "1");
  if (asked.keepLast) query.set("keep_last", "1");
  if (asked.multiple > 1) query.set("multiple_of", String(asked.multiple));
  if (asked.minimum > 1) query.set("minimum", String(asked.minimum));
  for (const name of asked.frozen) query.append("frozen", name);
  return query.toString();
}

/** Returns the same query for another allocator. */
export function withAllocator(query: string, allocator: string): string {
  const changed = new URLSearchParams(query);
  changed.set("allocator", allocator);
  return changed.toString();
}
