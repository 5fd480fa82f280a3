/** What the views of many samples, and of how far methods can be believed, are set to. */
import { choice, flag, optional, text } from "../../../codec";
import { setting } from "../../../view";

export const VIEWS = ["samples", "overall", "trust"] as const;
export type View = (typeof VIEWS)[number];

const key = (name: string): string => `attributions.${name}`;

/** Sample by sample, what they have in common, or how far the methods can be believed. */
export const view = setting<View>(key("view"), choice(VIEWS), "samples");

export const shown = {
  /** Whether all features are listed, not the largest alone. */
  allFeatures: setting<boolean>(key("allFeatures"), flag, false),
  /** Of the overall view: method and target of a summary; null: the first. */
  summary: setting<string | null>(key("summary"), optional(text), null),
  /** Name of the feature in depth; null: the most important one. */
  feature: setting<string | null>(key("feature"), optional(text), null),
  /** Name of the feature that colours the dependence; null: the one that interacts most. */
  colourBy: setting<string | null>(key("colourBy"), optional(text), null),
  /** Name of the output whose surrogate is shown; null: the last. */
  output: setting<string | null>(key("output"), optional(text), null),
};

/** Features listed unless all are asked for. */
export const MOST = 10;
