/** The panel's own part of the view. */
import { choice, flag, number, optional, text, texts } from "../../codec";
import { setting } from "../../view";
import type { Edit, Measure } from "./readings";

export type Source = "all" | "exact" | "estimates";
export type Sort = "depth" | "sensitivity" | "cost";
export type BudgetOf = "parameters" | "macs" | "latency" | "bytes" | "kl";

/** What was chosen; null stands for whatever there is. */
export const chosen = {
  edit: setting<Edit | null>(
    "sensitivity.edit",
    optional(choice(["unstructured", "channel", "heads", "n:m", "bits", "clusters"])),
    null,
  ),
  measure: setting<Measure | null>(
    "sensitivity.measure",
    optional(choice(["kl_batch", "kl", "loss", "metric", "repaired"])),
    null,
  ),
  source: setting<Source>("sensitivity.source", choice(["all", "exact", "estimates"]), "all"),
  sort: setting<Sort>("sensitivity.sort", choice(["depth", "sensitivity", "cost"]), "depth"),
  filter: setting("sensitivity.filter", text, ""),
  unit: setting<string | null>("sensitivity.unit", optional(text), null),
  /** Index of the level in depth. */
  level: setting<number | null>("sensitivity.level", optional(number), null),
  /** Run and monitor in depth, from which plans are made. */
  focus: setting<readonly string[] | null>("sensitivity.focus", optional(texts), null),
};

/** What a plan is asked for; null stands for what suits the edit. */
export const asked = {
  of: setting<BudgetOf | null>(
    "sensitivity.budget",
    optional(choice(["parameters", "macs", "latency", "bytes", "kl"])),
    null,
  ),
  /** The share kept, or nats. */
  keep: setting<number | null>("sensitivity.keep", optional(number), null),
  allocator: setting("sensitivity.allocator", text, "sensitivity"),
  keepFirst: setting("sensitivity.first", flag, false),
  keepLast: setting("sensitivity.last", flag, false),
  multiple: setting("sensitivity.multiple", number, 1),
  minimum: setting("sensitivity.minimum", number, 1),
  frozen: setting<readonly string[]>("sensitivity.frozen", texts, []),
  /** Queries of plans that are laid beside the one in the making. */
  pins: setting<readonly string[]>("sensitivity.pins", texts, []),
};
