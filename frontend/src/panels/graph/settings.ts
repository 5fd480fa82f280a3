/** What the panel's controls set, mirrored in the URL. */
import { choice, optional, text, texts } from "../../codec";
import { setting } from "../../view";

export const VIEWS = ["drawing", "table"] as const;
export type View = (typeof VIEWS)[number];

const key = (name: string): string => `graph.${name}`;

export const chosen = {
  view: setting<View>(key("view"), choice(VIEWS), "drawing"),
  /** Null: the first run with a graph. */
  run: setting<string | null>(key("run"), optional(text), null),
  /** Ids of the unfolded modules; null: as many as fit. */
  open: setting<readonly string[] | null>(key("open"), optional(texts), null),
  /** What colours the boxes: a cost, or "activations:std", "gradients:norm" and so on. */
  measure: setting<string>(key("colour"), text, "parameters"),
  /** Id of the node in depth. */
  node: setting<string | null>(key("node"), optional(text), null),
  search: setting<string>(key("search"), text, ""),
};
