/** What the figures of a comparison mean, for people. */
export interface Definition {
  readonly title: string;
  readonly unit: "" | "%" | "value";
  readonly meaning: string;
}

export const DEFINITIONS = {
  rank: {
    title: "rank correlation",
    unit: "",
    meaning:
      "Spearman's: 1 is the same order of importance, 0 none in common, -1 the reverse; blind to " +
      "scale. Not defined where a map is constant.",
  },
  ssim: {
    title: "SSIM",
    unit: "",
    meaning:
      "Structural similarity (Wang et al. 2004) of the values: mean over windows of 7 x 7 cells, or " +
      "as many as fit; range: that of both maps. 1 is the same map.",
  },
  overlap: {
    title: "top overlap",
    unit: "%",
    meaning:
      "Of the tenth of the values that are largest in size (at least 3), the share that is the same " +
      "in A and B.",
  },
  shift: {
    title: "centre shift",
    unit: "%",
    meaning:
      "How far the centre of mass of the positive values moved, in % of the input's width and height.",
  },
  total: {
    title: "change of total",
    unit: "value",
    meaning: "Sum of all values in B minus that in A.",
  },
  difference: {
    title: "largest change",
    unit: "value",
    meaning: "The largest |B - A| of any value.",
  },
} satisfies Record<string, Definition>;
