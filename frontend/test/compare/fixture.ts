/** Two ends of small runs of two samples, whose maps are 1 x 2 cells. */

import { indexRuns } from "../../src/panels/attributions/records";
import type { End } from "../../src/panels/compare/ends";
import { sideOf } from "../../src/panels/compare/sides";
import type { Series, TrainingRecord } from "../../src/types";
import { cam, predictions, probe, series } from "../attributions/fixture";

export const at = (run: string, step: number, epoch = 0): End => ({
  run,
  step,
  epoch,
  follows: false,
});

/** `maps`: two cells of each sample; `classes`: what is predicted. */
export function moment(
  step: number,
  maps: readonly number[],
  classes: readonly number[],
): TrainingRecord[] {
  return [cam(step, step / 10 - 1, maps), predictions(step, step / 10 - 1, classes)];
}

export function run(
  name: string,
  records: readonly TrainingRecord[],
  hashes?: readonly string[],
): Series[] {
  return series(name, [probe(hashes), ...records]);
}

/** Returns what `end` shows of the Grad-CAM maps for the label. */
export function side(all: readonly Series[], end: End) {
  const runs = indexRuns(all, [...new Set(all.map((each) => each.run))]);
  return sideOf(end, runs, { method: "gradcam", target: "label", layer: null });
}
