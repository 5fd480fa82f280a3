import assert from "node:assert/strict";
import { test } from "node:test";
import {
  linearScale,
  logScale,
  logTicks,
  niceStep,
  niceTicks,
  spanOfPlaces,
  spanOfValues,
} from "../src/chart/scales";

const line = (x: number[], y: number[]) => ({ label: "", colour: "", x, y });

test("steps are 1, 2 or 5 times a power of ten", () => {
  assert.deepEqual([0.7, 1.1, 3, 7, 20, 0.03].map(niceStep), [1, 2, 5, 10, 20, 0.05]);
});

test("ticks are round, within the span, and no more than asked for", () => {
  assert.deepEqual(niceTicks([0, 1], 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(niceTicks([-1, 14], 8), [0, 2, 4, 6, 8, 10, 12, 14]);
  assert.deepEqual(niceTicks([0.1, 0.32], 3), [0.1, 0.2, 0.3]);
  assert.deepEqual(niceTicks([3, 3.4], 5, 1), [3]);
});

test("a logarithmic axis has powers of ten, thinned where there are many", () => {
  assert.deepEqual(logTicks([0.05, 20], 6), [0.1, 1, 10]);
  assert.deepEqual(logTicks([1e-8, 1e4], 4), [1e-6, 1e-3, 1, 1e3]);
  assert.deepEqual(logTicks([0.9, 12], 6), [1, 2, 5, 10]);
});

test("a scale and its inverse undo one another", () => {
  for (const scale of [linearScale([2, 6], [100, 20], []), logScale([0.1, 10], [0, 50], [])]) {
    for (const value of [2, 3.5, 6]) {
      assert.ok(Math.abs(scale.valueAt(scale.place(value)) - value) < 1e-9);
    }
  }
  assert.equal(linearScale([2, 6], [100, 20], []).place(6), 20);
});

test("one moment alone stands in the middle", () => {
  assert.deepEqual(spanOfPlaces([line([4], [1])]), [3, 5]);
  assert.deepEqual(spanOfPlaces([]), [0, 1]);
});

test("values outside the shown span and holes do not stretch the axis", () => {
  const lines = [line([0, 1, 2, 3], [1, 2, Number.NaN, 900])];
  const [low, high] = spanOfValues(lines, [0, 2], false);
  assert.ok(low < 1 && low >= 0 && high > 2 && high < 2.2);
  assert.deepEqual(spanOfValues([line([0], [0])], [0, 1], true), [0.1, 1]);
});

test("an axis of values that are never negative does not begin below zero", () => {
  assert.equal(spanOfValues([line([0, 1], [0.01, 5])], [0, 1], false)[0], 0);
});
