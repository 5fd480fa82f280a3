import assert from "node:assert/strict";
import { test } from "node:test";
import { allPlaces, isDrawable, pointAt, valueAt } from "../src/chart/line";

const line = (x: number[], y: number[]) => ({ label: "", colour: "", x, y });

test("lines of different moments share one axis", () => {
  assert.deepEqual(allPlaces([line([0, 2], [1, 2]), line([1, 2], [3, 4])]), [0, 1, 2]);
});

test("between its points a line says its last value, and a hole says that it is one", () => {
  const holed = line([0, 2, 4], [1, Number.NaN, 3]);
  assert.equal(valueAt(holed, 1), 1);
  assert.equal(valueAt(holed, 3), Number.NaN);
  assert.equal(valueAt(holed, -1), Number.NaN);
});

test("a line that has ended says where its last value is of", () => {
  assert.deepEqual(pointAt(line([0, 2], [1, 5]), 9), { x: 2, y: 5 });
});

test("a logarithmic axis has no place for zero", () => {
  assert.equal(isDrawable(0, true), false);
  assert.equal(isDrawable(0, false), true);
  assert.equal(isDrawable(Number.NaN, false), false);
});
