import assert from "node:assert/strict";
import { test } from "node:test";
import { modelOf } from "../../src/panels/attributions/model";
import { drawn } from "../../src/panels/attributions/settings";
import { isAbsence } from "../../src/panels/attributions/sources";
import { contentOf } from "../../src/panels/attributions/tiles";
import { cam, contextOf, probe, series } from "./fixture";

const all = [
  ...series("a", [probe(), cam(0, -1, [0, 0, 0, 1]), cam(10, 0, [1, 4, 0.001, 0])]),
  ...series("b", [probe(), cam(10, 0, [1, 1, Number.NaN, 8])]),
];
const model = modelOf(contextOf(all, 10));
const [shirt, coat] = model.samples.value;

test("a shared scale reaches to the largest value of all runs", () => {
  const content = contentOf(model, 0, 1, shirt, "overlay", "shared");
  assert.ok(!isAbsence(content));
  assert.deepEqual(content.scale, { limit: 8, signed: false });
  assert.equal(content.flat, false);
});

test("an own scale reaches to the map's peak, but never magnifies noise", () => {
  const strong = contentOf(model, 0, 1, shirt, "overlay", "own");
  const weak = contentOf(model, 0, 1, coat, "overlay", "own");
  assert.ok(!isAbsence(strong) && !isAbsence(weak));
  assert.equal(strong.scale.limit, 4);
  assert.equal(weak.scale.limit, 0.02 * 8);
  assert.equal(weak.flat, true);
});

test("a scale per sample covers its maps in its run, at every moment", () => {
  const [late, early, other] = [
    contentOf(model, 0, 1, shirt, "overlay", "sample"),
    contentOf(model, 0, 0, shirt, "overlay", "sample"),
    contentOf(model, 1, 0, shirt, "overlay", "sample"),
  ];
  assert.ok(!isAbsence(late) && !isAbsence(early) && !isAbsence(other));
  assert.equal(late.scale.limit, 4);
  assert.equal(early.scale.limit, 4);
  assert.equal(other.scale.limit, 1);
});

test("differences are signed and share one scale", () => {
  drawn.drawing.value = "difference";
  drawn.against.value = "untrained";
  const content = contentOf(model, 0, 1, shirt, "difference", "shared");
  const missing = contentOf(model, 1, 0, shirt, "difference", "shared");
  drawn.drawing.value = "overlay";
  assert.ok(!isAbsence(content));
  assert.deepEqual([...content.map().values], [1, 4]);
  assert.deepEqual(content.scale, { limit: 4, signed: true });
  assert.ok(isAbsence(missing));
});

test("a moment that a run lacks is an absence with its reason", () => {
  const content = contentOf(model, 1, -1, shirt, "overlay", "shared");
  assert.ok(isAbsence(content));
  assert.match(content.reason, /nothing at this moment/);
});
