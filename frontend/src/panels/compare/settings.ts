/** The panel's own part of the view. */
import { type Codec, choice, number, optional, text, texts } from "../../codec";
import { setting } from "../../view";
import { SPACES, type Space } from "../attributions/settings";

export const VIEWS = ["samples", "changes", "drift", "layers", "sensitivity", "runs"] as const;
export type View = (typeof VIEWS)[number];
export const MODES = ["side", "wipe", "flicker", "difference"] as const;
export type Mode = (typeof MODES)[number];
export const SORTS = ["rank", "difference", "shift", "score", "probe"] as const;
export type Sort = (typeof SORTS)[number];

export const RATE_RANGE = [0.5, 3] as const; // pictures a second; more would flash

function within(low: number, high: number): Codec<number> {
  return {
    encode: number.encode,
    decode(value) {
      const decoded = number.decode(value);
      return decoded === undefined ? undefined : Math.max(low, Math.min(high, decoded));
    },
  };
}

const key = (name: string): string => `compare.${name}`;
const end = (name: string) => setting<readonly string[] | null>(key(name), optional(texts), null);

export const chosen = {
  view: setting<View>(key("view"), choice(VIEWS), "samples"),
  /** Run and step of each end, "" for the scrubber's; null: see `endsOf`. */
  a: end("a"),
  b: end("b"),
  /** Null: the first that was recorded. */
  space: setting<Space | null>(key("space"), optional(choice(SPACES)), null),
  method: setting<string | null>(key("method"), optional(text), null),
  target: setting<string | null>(key("target"), optional(text), null),
  /** Null: each run's last recorded layer. */
  layer: setting<string | null>(key("layer"), optional(text), null),
};

export const shown = {
  sort: setting<Sort>(key("sort"), choice(SORTS), "rank"),
  filter: setting<"all" | "flipped">(key("samples"), choice(["all", "flipped"]), "all"),
  mode: setting<Mode>(key("mode"), choice(MODES), "side"),
  drawing: setting<"overlay" | "map">(key("drawing"), choice(["overlay", "map"]), "overlay"),
  scale: setting<"sample" | "shared">(key("scale"), choice(["sample", "shared"]), "sample"),
  changeScale: setting<"sample" | "shared">(
    key("changeScale"),
    choice(["sample", "shared"]),
    "shared",
  ),
  /** Where the wipe divides, from the left edge. */
  divider: setting(key("divider"), within(0, 1), 0.5),
  /** Pictures a second of the flicker. */
  rate: setting(key("rate"), within(...RATE_RANGE), 1),
};

/** The tables of layers, sensitivities and runs. */
export const listed = {
  statistic: setting(key("statistic"), text, ""),
  edit: setting(key("edit"), text, ""),
  filter: setting(key("filter"), text, ""),
  matrix: setting<"last" | "scrubber">(key("matrix"), choice(["last", "scrubber"]), "last"),
};
