import assert from "node:assert/strict";
import { test } from "node:test";
import { contours, levels } from "../../src/maps/contours";

test("a ramp is crossed by one straight line, interpolated", () => {
  const ramp = { values: Float32Array.of(0, 1, 0, 1, 0, 1), height: 3, width: 2 };
  const lines = contours(ramp, 0.25);
  assert.equal(lines.length, 2);
  for (const [x1, , x2] of lines) assert.deepEqual([x1, x2], [0.75, 0.75]);
});

test("a bump is surrounded by a closed line", () => {
  const bump = { values: Float32Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0), height: 3, width: 3 };
  const lines = contours(bump, 0.5);
  const ends = new Map<string, number>();
  for (const [x1, y1, x2, y2] of lines) {
    for (const end of [`${x1},${y1}`, `${x2},${y2}`]) ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  assert.equal(lines.length, 4);
  assert.deepEqual([...ends.values()], [2, 2, 2, 2]);
});

test("every line of a round bump lies on its circle", () => {
  const side = 41;
  const values = Float32Array.from({ length: side * side }, (_, i) => {
    return Math.hypot((i % side) - 20, Math.floor(i / side) - 20);
  });
  for (const [x, y] of contours({ values, height: side, width: side }, 12)) {
    assert.ok(Math.abs(Math.hypot(x - 20.5, y - 20.5) - 12) < 0.05);
  }
});

test("both diagonals of a saddle have two lines", () => {
  const saddle = (...values: number[]) => ({
    values: Float32Array.of(...values),
    height: 2,
    width: 2,
  });
  assert.equal(contours(saddle(1, 0, 0, 1), 0.5).length, 2);
  assert.equal(contours(saddle(0, 1, 1, 0), 0.5).length, 2);
});

test("flat maps and non-finite corners have no lines", () => {
  const map = (...values: number[]) => ({
    values: Float32Array.of(...values),
    height: 2,
    width: 2,
  });
  assert.deepEqual(contours(map(1, 1, 1, 1), 0.5), []);
  assert.deepEqual(contours(map(NaN, 1, 0, 1), 0.5), []);
});

test("levels divide the scale evenly, on both sides if signed", () => {
  assert.deepEqual(levels(3, false), [0.25, 0.5, 0.75]);
  assert.deepEqual(levels(1, true), [-0.5, 0.5]);
});
