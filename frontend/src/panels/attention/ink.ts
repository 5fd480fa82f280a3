/** How weights are coloured, by the controls and the theme. */
import { pack } from "../../maps/colormaps";
import { type HeatInk, paperTable } from "./heat";
import { layerIndex, type Model } from "./model";
import { isAbsence, type Shown } from "./records";
import { drawn } from "./settings";
import { headMap, peakOf, smallMap } from "./weights";

/** Drawn where nothing was stored: `--ground` of the theme. */
const GROUND = { light: pack([228, 231, 235]), dark: pack([46, 49, 54]) };

/** Returns the ink for weights up to `peak`, or up to the largest of all shown runs' heads. */
export function inkFor(model: Model, dark: boolean, peak: number): HeatInk {
  return {
    table: paperTable(drawn.colours.value, dark),
    limit: drawn.scale.value === "own" ? peak : sharedPeak(model),
    ground: dark ? GROUND.dark : GROUND.light,
  };
}

/** Returns the largest weight of the selected head over the shown runs. */
function sharedPeak(model: Model): number {
  const peaks = model.shown.value.flatMap((shown) => (isAbsence(shown) ? [] : peaksOf(shown)));
  return Math.max(0, ...peaks);
}

const known = new WeakMap<Shown, number[]>();

function peaksOf(shown: Shown): number[] {
  const peaks =
    known.get(shown) ??
    shown.layers.flatMap(({ heads }, layer) =>
      Array.from({ length: heads }, (_, head) => peakOf(smallMap(shown, layer, head))),
    );
  known.set(shown, peaks);
  return peaks;
}

/** Returns the weights of the head in force; null where the run lacks it. */
export function chosenMap(model: Model, shown: Shown) {
  const head = model.head.value;
  const layer = head ? layerIndex(shown, head) : -1;
  return head && layer >= 0 ? headMap(shown, layer, head.head) : null;
}
