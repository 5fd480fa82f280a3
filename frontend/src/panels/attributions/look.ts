/** All drawing settings as one value, and the key that changes whenever it does. */
import { divergingFor, pack } from "../../maps/colormaps";
import type { Look } from "./render";
import { drawn } from "./settings";

/** Drawn where there is no picture: `--ground` of the theme. */
const GROUND = { light: pack([228, 231, 235]), dark: pack([46, 49, 54]) };

/** Returns the look that the controls ask for; reads their signals. */
export function currentLook(dark: boolean): Look {
  const alone = drawn.drawing.value === "map" || drawn.drawing.value === "difference";
  return {
    solid: alone,
    opacity: drawn.opacity.value,
    threshold: drawn.threshold.value,
    smoothing: drawn.smoothing.value,
    levels: drawn.contours.value ? Math.round(drawn.levels.value) : 0,
    sequential: drawn.sequential.value,
    diverging: drawn.diverging.value ?? divergingFor(dark),
    ground: dark ? GROUND.dark : GROUND.light,
  };
}

const numbers = new Map<string, number>();

/** Returns a short text that is the same for equal looks alone. */
export function lookKey(look: Look): string {
  const words = JSON.stringify(look);
  const number = numbers.get(words) ?? numbers.size;
  numbers.set(words, number);
  return `look${number}`;
}
