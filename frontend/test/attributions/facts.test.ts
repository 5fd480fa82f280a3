import assert from "node:assert/strict";
import { test } from "node:test";
import {
  factsAt,
  mapFacts,
  momentFacts,
  targetFacts,
  tileOf,
  tileSentence,
} from "../../src/panels/attributions/facts";
import { modelOf } from "../../src/panels/attributions/model";
import { cam, contextOf, gap, predictions, probe, series } from "./fixture";

const records = [
  probe(),
  cam(10, 0, [1, 3, 0, Number.NaN]),
  predictions(10, 0, [1, 1]),
  gap(20, 1, "out of memory"),
];
const model = modelOf(contextOf(series("a", records), 20));
const [shirt, coat] = model.samples.value;
const tile = tileOf(model, 0, 0, shirt, "overlay", "shared");

test("the value under a position names its cell and its pixel of the input", () => {
  assert.deepEqual(factsAt(tile, 0.9, 0.5), [
    ["value", "3 logit"],
    ["cell", "row 0, column 1 of 1 x 2"],
    ["input", "x 25, y 14 of 28 x 28"],
  ]);
});

test("a value that is not finite is called by its name", () => {
  const facts = factsAt(tileOf(model, 0, 0, coat, "overlay", "shared"), 0.9, 0.5);
  assert.equal(facts[0][1], "NaN logit");
});

test("run, moment, prediction and target are told", () => {
  assert.deepEqual(momentFacts(tile), [
    ["run", "a"],
    ["method", "Grad-CAM of features.7"],
    ["moment", "epoch 0, step 10"],
    ["prediction", "Coat 0.75"],
  ]);
  assert.deepEqual(targetFacts(tile), [["target", "Shirt, logit 0.5"]]);
});

test("a map's figures are in its unit and in fractions of the input", () => {
  assert.deepEqual(mapFacts(tile), [
    ["largest |value|", "3 logit"],
    ["peak", "x 0.75, y 0.50"],
    ["centre of mass", "x 0.63, y 0.50"],
  ]);
});

test("a gap says why, in the tooltip and to screen readers", () => {
  const missing = tileOf(model, 0, 1, shirt, "overlay", "shared");
  assert.deepEqual(factsAt(missing, 0.5, 0.5), [["nothing here", "out of memory"]]);
  assert.match(tileSentence(missing), /epoch 1, step 20: no prediction; out of memory/);
});
