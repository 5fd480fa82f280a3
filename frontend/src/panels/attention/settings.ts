/** What the panel's controls set, mirrored in the URL. */
import { choice, flag, number, optional, text } from "../../codec";
import { SEQUENTIAL } from "../../maps/colormaps";
import { setting } from "../../view";

export const VIEWS = ["map", "lines", "picture"] as const;
/** "map": queries by keys; "lines": between tokens of a text; "picture": over an image. */
export type View = (typeof VIEWS)[number];
export const SCALES = ["own", "shared"] as const;
export type ScaleName = (typeof SCALES)[number];

const key = (name: string): string => `attention.${name}`;

export const chosen = {
  /** Null: what suits the samples. */
  view: setting<View | null>(key("view"), optional(choice(VIEWS)), null),
  /** Name of the layer; null: the last. */
  layer: setting<string | null>(key("layer"), optional(text), null),
  head: setting<number>(key("head"), number, 0),
  /** Index of the token that asks; null: the first token. */
  query: setting<number | null>(key("query"), optional(number), null),
  /** Whether tokens such as [SEP] are left out. */
  special: setting<boolean>(key("hideSpecial"), flag, false),
};

export const drawn = {
  scale: setting<ScaleName>(key("scale"), choice(SCALES), "own"),
  colours: setting(key("colours"), choice(SEQUENTIAL), "magma"),
  opacity: setting<number>(key("opacity"), number, 0.75),
};
