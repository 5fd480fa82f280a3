/** The panel's own part of the view. */
import { choice, flag } from "../../codec";
import { setting } from "../../view";

export type Filter = "all" | "wrong" | "changed";
export type Sort = "probe" | "score" | "spread" | "label";

export const filter = setting<Filter>("overview.show", choice(["all", "wrong", "changed"]), "all");
export const sort = setting<Sort>(
  "overview.sort",
  choice(["probe", "score", "spread", "label"]),
  "probe",
);
/** Whether counts of a confusion matrix or a joint map are shaded by their logarithm. */
export const logarithmicCounts = setting("overview.logCounts", flag, true);
export const logarithmic = setting("overview.log", flag, false);
