import assert from "node:assert/strict";
import { test } from "node:test";
import { contours, levels } from "../../src/maps/contours";

const map = (width: number, ...values: number[]) => ({
  values: Float32Array.from(values),
  height: values.length / width,
  width,
});

test("a ramp is crossed by one straight line", () => {
  const ramp = map(4, 0, 1, 2, 3, 0, 1, 2, 3);
  assert.deepEqual([...contours(ramp, [1.5])], [0, 1, 0, 0, 0, 1, 0, 0]);
});

test("every line of a round bump lies on its circle, and closes", () => {
  const side = 41;
  const values = Array.from({ length: side * side }, (_, i) =>
    Math.hypot((i % side) - 20, Math.floor(i / side) - 20),
  );
  const angles = new Set<number>();
  contours(map(side, ...values), [12]).forEach((line, i) => {
    if (!line) return;
    assert.ok(Math.abs(values[i] - 12) <= 1.5, `${values[i]}`);
    const angle = Math.atan2(Math.floor(i / side) - 20, (i % side) - 20);
    angles.add(Math.floor((8 * (angle + Math.PI)) / (2 * Math.PI)) % 8);
  });
  assert.equal(angles.size, 8);
});

test("several levels crossed at once are one line", () => {
  assert.deepEqual([...contours(map(2, 0, 1), [0.25, 0.5, 0.75])], [1, 0]);
});

test("flat maps and borders of non-finite cells have no lines", () => {
  assert.deepEqual([...contours(map(2, 1, 1, 1, 1), [0.5])], [0, 0, 0, 0]);
  assert.deepEqual([...contours(map(2, NaN, 1, 1, Infinity), [0.5])], [0, 0, 0, 0]);
});

test("levels divide the scale evenly, on both sides if signed", () => {
  assert.deepEqual(levels(3, false), [0.25, 0.5, 0.75]);
  assert.deepEqual(levels(1, true), [-0.5, 0.5]);
});
