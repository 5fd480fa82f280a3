import assert from "node:assert/strict";
import { test } from "node:test";
import { indexRuns } from "../../src/panels/attributions/records";
import { referenceOf } from "../../src/panels/attributions/reference";
import { cam, series } from "./fixture";

const steps = (run: string, ...moments: [number, number][]) =>
  series(
    run,
    moments.map(([step, epoch]) => cam(step, epoch, [0, 0])),
  );
const runs = indexRuns(
  [...steps("a", [0, -1], [10, 0], [20, 1]), ...steps("b", [15, 0], [30, 1])],
  ["a", "b"],
);
const against = (kind: "previous" | "untrained" | "epoch" | "run", choice = {}) => ({
  kind,
  epoch: null,
  run: null,
  ...choice,
});

test("the previous record is the run's own", () => {
  const place = referenceOf(runs, { run: 0, moment: 2 }, against("previous"));
  assert.deepEqual(place, { run: 0, moment: 1 });
  assert.match(
    String(referenceOf(runs, { run: 1, moment: 0 }, against("previous"))),
    /no previous/,
  );
});

test("a missing untrained record is said", () => {
  assert.deepEqual(referenceOf(runs, { run: 0, moment: 2 }, against("untrained")), {
    run: 0,
    moment: 0,
  });
  assert.match(String(referenceOf(runs, { run: 1, moment: 1 }, against("untrained"))), /untrained/);
});

test("another run is met at the same epoch, whatever its steps", () => {
  const other = against("run", { run: "b" });
  assert.deepEqual(referenceOf(runs, { run: 0, moment: 2 }, other), { run: 1, moment: 1 });
  assert.match(String(referenceOf(runs, { run: 0, moment: 0 }, other)), /b has no record/);
  assert.match(String(referenceOf(runs, { run: 1, moment: 0 }, other)), /the run that others/);
  const nobody = against("run", { run: "gone" });
  assert.match(String(referenceOf(runs, { run: 0, moment: 0 }, nobody)), /Choose a shown run/);
});

test("a chosen epoch may be missing", () => {
  const first = against("epoch", { epoch: 0 });
  assert.deepEqual(referenceOf(runs, { run: 1, moment: 1 }, first), { run: 1, moment: 0 });
  const late = against("epoch", { epoch: 7 });
  assert.match(String(referenceOf(runs, { run: 1, moment: 1 }, late)), /epoch 7/);
});
