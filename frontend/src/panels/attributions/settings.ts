/** What the panel's controls set, mirrored in the URL. */
import { type Codec, choice, flag, number, optional, text, texts } from "../../codec";
import { DIVERGING, type DivergingName, SEQUENTIAL } from "../../maps/colormaps";
import { setting } from "../../view";

export const LAYOUTS = ["runs", "samples", "moment"] as const;
export type LayoutName = (typeof LAYOUTS)[number];
export const DRAWINGS = ["input", "overlay", "map", "difference"] as const;
export type Drawing = (typeof DRAWINGS)[number];
export const REFERENCES = ["previous", "untrained", "epoch", "run"] as const;
export type Reference = (typeof REFERENCES)[number];
export const SCALES = ["shared", "sample", "own"] as const;
export type ScaleName = (typeof SCALES)[number];
export const FILTERS = ["all", "wrong", "changed"] as const;
export type Filter = (typeof FILTERS)[number];

export const SPACES = ["image", "text", "tabular", "series"] as const;
export type Space = (typeof SPACES)[number];

export const TILE_RANGE = [8, 256] as const; // pixels
export const LEVELS_RANGE = [1, 8] as const;

/** A number held to [`low`, `high`], since anybody may write a URL. */
function within(low: number, high: number): Codec<number> {
  return {
    encode: number.encode,
    decode(value) {
      const decoded = number.decode(value);
      return decoded === undefined ? undefined : Math.max(low, Math.min(high, decoded));
    },
  };
}

const key = (name: string): string => `attributions.${name}`;

export const chosen = {
  /** The kind of inputs; null: the first that was recorded. */
  space: setting<Space | null>(key("space"), optional(choice(SPACES)), null),
  /** Null: the first that was recorded. */
  methods: setting<readonly string[] | null>(key("methods"), optional(texts), null),
  /** Null: each run's last recorded layer. */
  layer: setting<string | null>(key("layer"), optional(text), null),
  /** Null: the first that was recorded. */
  target: setting<string | null>(key("target"), optional(text), null),
  filter: setting<Filter>(key("samples"), choice(FILTERS), "all"),
  /** Null: by sample where there are several runs or methods to compare, else by run. */
  layout: setting<LayoutName | null>(key("layout"), optional(choice(LAYOUTS)), null),
  /** Null: what fits the view. */
  tile: setting<number | null>(key("tile"), optional(within(...TILE_RANGE)), null),
  /** Run and method of the tile in depth; null: the first. */
  run: setting<string | null>(key("run"), optional(text), null),
  method: setting<string | null>(key("method"), optional(text), null),
};

export const drawn = {
  drawing: setting<Drawing>(key("drawing"), choice(DRAWINGS), "overlay"),
  against: setting<Reference>(key("against"), choice(REFERENCES), "previous"),
  againstEpoch: setting<number | null>(key("againstEpoch"), optional(number), null),
  againstRun: setting<string | null>(key("againstRun"), optional(text), null),
  opacity: setting<number>(key("opacity"), within(0, 1), 0.7),
  threshold: setting<number>(key("threshold"), within(0, 1), 0),
  smoothing: setting<number>(key("smoothing"), within(0, 0.25), 0),
  contours: setting<boolean>(key("contours"), flag, false),
  levels: setting<number>(key("levels"), within(...LEVELS_RANGE), 3),
  sequential: setting(key("colours"), choice(SEQUENTIAL), "inferno"),
  /** Null: what suits the theme. */
  diverging: setting<DivergingName | null>(key("signedColours"), optional(choice(DIVERGING)), null),
  /** Classes differ in their logits' range: on one scale for all, most samples would look flat. */
  scale: setting<ScaleName>(key("scale"), choice(SCALES), "sample"),
};
