import assert from "node:assert/strict";
import { test } from "node:test";
import { geometryOf } from "../../src/panels/attributions/geometry";
import { newStrip } from "../../src/panels/attributions/strip";
import { COAT, cam, contextOf, probe, SHIRT, series } from "./fixture";

test("the geometry lists columns, blocks, tracks and samples", () => {
  const records = [probe(), cam(0, -1, [1, 0, 1, 0]), cam(10, 0, [1, 0, 1, 0])];
  const geometry = JSON.parse(geometryOf(newStrip(contextOf(series("a", records), 10))));
  assert.equal(geometry.layout, "runs");
  assert.deepEqual(
    geometry.columns.map(({ label }: { label: string }) => label),
    ["untrained", "0"],
  );
  assert.equal(geometry.blocks.length, 1);
  assert.deepEqual(geometry.tracks, [{ run: "a", method: "gradcam" }]);
  assert.deepEqual(geometry.samples, [SHIRT, COAT]);
});

test("several runs are arranged by sample unless another order is chosen", () => {
  const records = [probe(), cam(0, -1, [1, 0, 1, 0])];
  const strip = newStrip(contextOf([...series("a", records), ...series("b", records)], 0));
  assert.equal(JSON.parse(geometryOf(strip)).layout, "samples");
});
