import assert from "node:assert/strict";
import { test } from "node:test";
import { evidenceFor, flatWarning } from "../../src/panels/attributions/believe";
import { tileOf } from "../../src/panels/attributions/facts";
import { modelOf } from "../../src/panels/attributions/model";
import { cam, contextOf, probe, series } from "./fixture";

const records = [probe(), cam(0, -1, [0, 0, 1, 0]), cam(10, 0, [0, 1, 1, 0])];
const model = modelOf(contextOf(series("a", records), 10));
const [shirt, coat] = model.samples.value;

test("an all-zero map of a method without negative values is explained", () => {
  const tile = tileOf(model, 0, 0, shirt, "overlay", "shared");
  assert.equal(flatWarning(tile), "The weighted sum is negative everywhere: nothing to show.");
  assert.equal(flatWarning(tileOf(model, 0, 0, coat, "overlay", "shared")), null);
});

test("evidence states drifts, and what a class activation map does not promise", () => {
  const tile = tileOf(model, 0, 1, coat, "overlay", "shared");
  const values = new Map(evidenceFor(model, tile, 1).map(({ name, value }) => [name, value]));
  assert.equal(values.get("drift to the record before"), "0.00");
  assert.equal(values.get("drift to the last record"), "there is none");
  assert.equal(values.get("completeness error"), "CAMs promise none");
  assert.equal(values.has("share of positive mass"), false, "of an unsigned map it says nothing");
});

test("a drift from a constant map is not defined", () => {
  const tile = tileOf(model, 0, 1, shirt, "overlay", "shared");
  const drift = evidenceFor(model, tile, 1).find(({ name }) => name.endsWith("before"));
  assert.equal(drift?.value, "not defined");
});
