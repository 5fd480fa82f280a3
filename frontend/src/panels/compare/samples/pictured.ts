/** What the tiles of all samples are drawn from. */
import { currentLook } from "../../attributions/look";
import type { Look } from "../../attributions/render";
import { isAbsence } from "../../attributions/sources";
import { dark, lineup, sides } from "../model";
import { shown } from "../settings";
import { limitsOf, type Pictured } from "./contents";

/** Null where one end has no maps. */
export function picturedNow(): Pictured | null {
  const { a, b } = sides.value ?? {};
  if (!a || !b || isAbsence(a.source) || isAbsence(b.source)) return null;
  const limits = limitsOf(a.source, b.source, lineup.value.pairs);
  return {
    a: a.source,
    b: b.source,
    limits,
    shared: shown.scale.value === "shared",
    sharedChange: shown.changeScale.value === "shared",
  };
}

/** As in Attributions, but for what would hide values. */
export function lookNow(): Look {
  const solid = shown.drawing.value === "map";
  return { ...currentLook(dark.value), solid, threshold: 0, smoothing: 0, levels: 0 };
}
