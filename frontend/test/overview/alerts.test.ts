import assert from "node:assert/strict";
import { test } from "node:test";
import { momentsOf } from "../../src/moments";
import type { Alert } from "../../src/panels/layers/alerts";
import { alertLines } from "../../src/panels/overview/alert-lines";
import { record, series } from "../layers/fixture";

function alert(layer: string, change: Partial<Alert> = {}): Alert {
  return {
    run: "run",
    monitor: "gradients",
    what: "gradients",
    rule: "vanishing",
    layer,
    since: 1,
    step: 41,
    epoch: 0,
    message: "its gradient norm is 1e-9 of the largest layer's",
    value: 1e-9,
    limit: 1e-6,
    cleared: null,
    ...change,
  };
}

test("layers that one rule alerts of are told in one line", () => {
  const [line, ...others] = alertLines([alert("a", { since: 1200 }), alert("b"), alert("c")]);
  assert.equal(line.words, "3 layers: vanishing gradients since step 1");
  assert.equal(line.first.layer, "b");
  assert.deepEqual(others, []);
});

test("what was cleared is not counted with what lasts, and told last where none does", () => {
  const lines = alertLines([
    alert("x", { rule: "non_finite", since: 5, cleared: 1009 }),
    alert("a", { cleared: 60 }),
    alert("b"),
    alert("c", { rule: "exploding", what: "weights", since: 3 }),
  ]);
  assert.deepEqual(
    lines.map(({ words, over, grave }) => [words, over, grave]),
    [
      ["1 layer: exploding weights since step 3", false, true],
      ["1 layer: vanishing gradients since step 1", false, false],
      ["1 layer: non finite gradients from step 5, over at step 1,009", true, true],
    ],
  );
});

test("without alerts nothing is told", () => assert.deepEqual(alertLines([]), []));

test("the scrubber does not stop where there is no more than an alert", () => {
  const told = series("run", [record("alerts", 7, {}), record("outputs", 50, {})]);
  assert.deepEqual(momentsOf(told), [{ step: 50, epoch: 0 }]);
});
