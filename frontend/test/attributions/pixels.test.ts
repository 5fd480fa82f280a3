import assert from "node:assert/strict";
import { test } from "node:test";
import { modelOf } from "../../src/panels/attributions/model";
import { Budget, contentPixels } from "../../src/panels/attributions/pixels";
import type { Look } from "../../src/panels/attributions/render";
import { isAbsence } from "../../src/panels/attributions/sources";
import { contentOf } from "../../src/panels/attributions/tiles";
import { cam, contextOf, probe, series } from "./fixture";

const look: Look = {
  solid: true,
  opacity: 0.5,
  threshold: 0,
  smoothing: 0,
  levels: 0,
  sequential: "viridis",
  diverging: "vik",
  ground: 0xff808080,
};
const size = { height: 2, width: 4 };

const model = modelOf(contextOf(series("a", [probe(), cam(0, -1, [0, 1, 1, 0])]), 0));
const [shirt, coat] = model.samples.value;

function drawn(sample: typeof shirt, lookKey: string, budget: Budget) {
  const content = contentOf(model, 0, 0, sample, "map", "shared");
  assert.ok(!isAbsence(content));
  return contentPixels(content, sample, { look, key: lookKey, size }, budget);
}

function spentBudget(): Budget {
  const budget = new Budget(0);
  budget.take();
  return budget;
}

test("what a frame has no time for keeps its last pixels, and is counted", () => {
  const before = drawn(shirt, "before", new Budget());
  const budget = spentBudget();
  assert.equal(drawn(shirt, "after", budget), before);
  assert.equal(budget.postponed, 1);
  assert.notEqual(drawn(shirt, "after", new Budget()), before);
});

test("a tile that was never drawn waits", () => {
  assert.equal(drawn(coat, "first", spentBudget()), "pending");
});

test("every frame renders a tile, however little time there is", () => {
  const budget = new Budget(0);
  assert.ok(drawn(coat, "first", budget) instanceof Uint32Array);
  assert.equal(budget.rendered, 1);
});

test("pixels once drawn cost no time", () => {
  const budget = spentBudget();
  assert.equal(drawn(coat, "first", budget), drawn(coat, "first", budget));
  assert.equal(budget.postponed, 0);
});
