/** The panel's own part of the view. */
import { type Codec, choice, number, optional, text, texts } from "../../codec";
import { setting } from "../../view";
import type { RollUp } from "./groups";
import type { Sort } from "./rows";
import type { What } from "./tables";

export type ScaleName = "linear" | "log";
/** A stretch of the time axis, which means nothing on the other one. */
export interface Zoom {
  readonly axis: string;
  readonly from: number;
  readonly to: number;
}

const zoom: Codec<Zoom> = {
  encode: ({ axis, from, to }) => `${axis} ${from} ${to}`,
  decode(value) {
    const [axis = "", ...ends] = value.split(" ");
    const [from, to, ...rest] = ends.map((part) => number.decode(part));
    if (from === undefined || to === undefined || rest.length > 0 || from >= to) return undefined;
    return { axis, from, to };
  },
};

/** What was chosen; null or "" stands for whatever there is. */
export const chosen = {
  what: setting<What | null>(
    "layers.what",
    optional(choice(["activations", "gradients", "weights"])),
    null,
  ),
  monitor: setting("layers.monitor", text, ""),
  statistic: setting("layers.statistic", text, ""),
  scale: setting<ScaleName | null>("layers.scale", optional(choice(["linear", "log"])), null),
  layer: setting<string | null>("layers.layer", optional(text), null),
  /** Run and monitor of the track in depth. */
  focus: setting<readonly string[] | null>("layers.focus", optional(texts), null),
};

/** How rows are made, filtered and ordered, and how they are drawn. */
export const shown = {
  filter: setting("layers.filter", text, ""),
  rollUp: setting<RollUp>("layers.rollup", choice(["layers", "modules", "blocks"]), "layers"),
  depth: setting("layers.depth", number, 2),
  sort: setting<Sort>("layers.sort", choice(["depth", "name", "value"]), "depth"),
  colours: setting<"shared" | "own">("layers.colours", choice(["shared", "own"]), "shared"),
  /** The stretch of the time axis that is shown; null: all of it. */
  zoom: setting<Zoom | null>("layers.zoom", optional(zoom), null),
  histogram: setting<ScaleName>("layers.histogram", choice(["linear", "log"]), "log"),
};
