import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOn } from "../../src/panels/layers/scale";
import { cellAt, cellStyle, heatLayout } from "../../src/panels/sensitivity/heat";
import { faded, linesOf, spreadOut } from "../../src/panels/sensitivity/lines";
import { pairingAt, pairNear, scalesOf } from "../../src/panels/sensitivity/points";
import { scaleOf, worsening } from "../../src/panels/sensitivity/scale";
import { reading } from "./fixture";

test("what was measured, estimated, doubtful or missing is drawn apart", () => {
  const values = [[1, 1, NaN, Infinity]];
  const errors = [0.1, 0.6, 0.1, 0.1];
  const styles = (estimate: string | null) =>
    values[0].map((_, i) => cellStyle(reading("kl", values, { errors, estimate }), "kl", i));
  assert.deepEqual(styles(null), ["full", "hollow", "missing", "not finite"]);
  assert.deepEqual(styles("output_fisher"), ["disc", "ring", "missing", "not finite"]);
  assert.equal(cellStyle(reading("kl", values), "loss", 0), "missing");
  assert.equal(cellStyle(reading("kl", values), "kl", 1), "full", "no error, no doubt");
});

test("a spot on the heatmap is a cell, a name beside it, or nothing", () => {
  const layout = heatLayout(700, ["a", "b"], 4);
  const middle = layout.top + 1.5 * layout.rowHeight;
  const inside = layout.left + 2.5 * layout.cellWidth;
  assert.deepEqual(cellAt(layout, 2, 4, inside, middle), { row: 1, level: 2 });
  assert.deepEqual(cellAt(layout, 2, 4, 1, middle), { row: 1, level: -1 });
  assert.deepEqual(cellAt(layout, 2, 4, layout.right + 5, middle), { row: 1, level: -1 });
  assert.equal(cellAt(layout, 2, 4, inside, layout.top + 2 * layout.rowHeight + 1), null);
});

test("hundreds of units get thin rows, a narrow place one column of costs", () => {
  const names = Array.from({ length: 300 }, (_, i) => `layer${i}`);
  assert.equal(heatLayout(900, names, 9).rowHeight, 4);
  assert.equal(heatLayout(900, ["a"], 9).costs.length, 2);
  assert.equal(heatLayout(420, ["a"], 9).costs.length, 1);
});

test("divergences have a logarithmic scale that stray tiny ones do not stretch", () => {
  const scale = scaleOf([reading("kl", [[1e-12, 0.001, 0.01, 0.1, 1, 1, 1]])], "kl");
  assert.ok(scale.logarithmic && !scale.signed);
  assert.equal(scale.high, 1);
  assert.ok(scale.low >= 1e-5);
  assert.equal(placeOn(scale, 1e-12), 0);
});

test("nothing finite still has a scale", () => {
  for (const measure of ["kl", "loss", "metric", "repaired"] as const) {
    const { low, high } = scaleOf([reading(measure, [[NaN, Infinity]])], measure);
    assert.ok(low < high, measure);
  }
});

test("red is worse: a rising loss and a falling accuracy", () => {
  const scale = scaleOf([reading("metric", [[-0.5, 0.25]])], "metric");
  assert.ok(placeOn(scale, worsening("metric", -0.5)) === 1);
  assert.ok(placeOn(scale, worsening("metric", 0.25)) < 0.5);
  assert.equal(worsening("loss", 0.5), 0.5);
});

test("moments are spread evenly up to the one that is shown", () => {
  const all = Array.from({ length: 10 }, (_, step) => reading("kl", [[1]], { step }));
  assert.deepEqual(
    spreadOut(all, all[6]).map(({ step }) => step),
    [0, 2, 4, 6],
  );
  assert.deepEqual(
    spreadOut(all, all[1]).map(({ step }) => step),
    [0, 1],
  );
});

test("estimates are dashed lines, the newest moment alone has an error", () => {
  const old = reading("kl", [[1, 2]], { estimate: "output_fisher", errors: [1, 1] });
  const now = reading("kl", [[3, 4]], { errors: [0.5, 0.5] });
  const lines = linesOf([old, now], "u0", "kl", { name: "r", colour: "#102030" });
  assert.deepEqual(
    lines.map(({ dashed }) => dashed),
    [true, false],
  );
  assert.deepEqual(
    lines.map(({ error }) => error),
    [undefined, [0.5, 0.5]],
  );
  assert.match(lines[0].label, /estimate/);
  assert.equal(linesOf([now], "unknown", "kl", { name: "r", colour: "red" }).length, 0);
  assert.equal(faded("var(--mute)", 0.5), "var(--mute)");
});

test("an estimate is held against the last scan before the scrubber", () => {
  const at = (step: number, estimate: string | null) => reading("kl", [[1]], { step, estimate });
  const all = [at(0, null), at(1, "a"), at(2, null), at(3, "b"), at(4, null)];
  assert.deepEqual(pairingAt(all, 3), { estimate: all[3], exact: all[2] });
  assert.deepEqual(pairingAt(all, 2), { estimate: all[1], exact: all[2] });
  assert.equal(pairingAt(all, 0), null);
});

test("the pair under the pointer is found, far from all there is none", () => {
  const scene = {
    width: 400,
    height: 250,
    logarithmic: true,
    selected: null,
    level: 0,
    pairs: [
      { unit: "a", level: 0, estimate: 0.1, exact: 0.1 },
      { unit: "b", level: 0, estimate: 1, exact: 0.5 },
      { unit: "c", level: 0, estimate: 0, exact: 0.5 },
    ],
  };
  const { x, y } = scalesOf(scene);
  assert.equal(pairNear(scene, x.place(1) + 2, y.place(0.5) - 2)?.unit, "b");
  assert.equal(pairNear(scene, x.place(0.1), y.place(0.5)), null);
});
