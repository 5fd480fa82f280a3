import assert from "node:assert/strict";
import { test } from "node:test";
import { difference } from "../../src/maps/difference";

const row = (...values: number[]) => ({
  values: Float32Array.of(...values),
  height: 1,
  width: values.length,
});

test("the reference is subtracted cell by cell", () => {
  assert.deepEqual([...difference(row(1, 2), row(4, 0.5)).values], [-3, 1.5]);
});

test("maps of different resolutions have no difference", () => {
  assert.throws(() => difference(row(1, 2), row(1)), /1 x 2 and 1 x 1/);
});
