import assert from "node:assert/strict";
import { test } from "node:test";
import { HEADER, rowsOf } from "../../src/panels/attributions/csv";
import { modelOf } from "../../src/panels/attributions/model";
import { cam, contextOf, predictions, probe, SHIRT, series } from "./fixture";

test("one row per map, with its figures in columns of the header", () => {
  const records = [probe(), cam(10, 0, [1, 3, 0, 0]), predictions(10, 0, [1, 1])];
  const rows = [...rowsOf(modelOf(contextOf(series("a", records), 10)))];
  assert.equal(rows.length, 2);
  const shirt = Object.fromEntries(HEADER.map((name, i) => [name, rows[0][i]]));
  assert.deepEqual(shirt, {
    run: "a",
    epoch: 0,
    step: 10,
    sample: SHIRT,
    name: "0",
    label: "Shirt",
    prediction: "Coat",
    score: 0.75,
    method: "gradcam",
    layer: "features.7",
    target: "Shirt",
    target_output: 0.5,
    max_abs: 3,
    unit: "logit",
    positive_mass: 4,
    peak_x: 0.75,
    peak_y: 0.5,
    centre_x: 0.625,
    centre_y: 0.5,
  });
  const coat = Object.fromEntries(HEADER.map((name, i) => [name, rows[1][i]]));
  assert.deepEqual([coat.max_abs, coat.peak_x, coat.centre_x], [0, null, null]);
});
