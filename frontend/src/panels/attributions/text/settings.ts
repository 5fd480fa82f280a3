/** What the controls of texts set, mirrored in the URL. */
import { choice, flag } from "../../../codec";
import { setting } from "../../../view";

export const MEASURES = ["sum", "norm"] as const;
export type Measure = (typeof MEASURES)[number];

export const read = {
  measure: setting<Measure>("attributions.tokens", choice(MEASURES), "sum"),
  merged: setting<boolean>("attributions.words", flag, true),
};
