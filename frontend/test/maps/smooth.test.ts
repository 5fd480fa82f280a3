import assert from "node:assert/strict";
import { test } from "node:test";
import { smooth } from "../../src/maps/smooth";

function map5(entries: Readonly<Record<number, number>>) {
  const values = new Float32Array(25);
  for (const [i, value] of Object.entries(entries)) values[Number(i)] = value;
  return { values, height: 5, width: 5 };
}

// scipy.ndimage.gaussian_filter(x, 1.0, mode="nearest", radius=3), scipy 1.17
const SCIPY = [
  0.013071, 0.027753, 0.09483, 0.423296, 0.97891, 0.058582, 0.099249, 0.0937, 0.193642, 0.421452,
  0.096585, 0.159759, 0.103415, 0.05667, 0.083528, 0.058582, 0.096624, 0.0591, 0.015735, 0.007275,
  0.013071, 0.021551, 0.013071, 0.002917, 0.000239,
];

test("equals scipy's Gaussian filter with repeated edges", () => {
  const { values } = smooth(map5({ 11: 1, 4: 2 }), 1 / 5);
  for (const [i, value] of SCIPY.entries()) {
    assert.ok(Math.abs(values[i] - value) < 2e-6, `cell ${i}`);
  }
});

test("a constant map stays constant", () => {
  const flat = { values: new Float32Array(25).fill(2), height: 5, width: 5 };
  assert.ok(smooth(flat, 0.3).values.every((value) => Math.abs(value - 2) < 1e-5));
});

test("no smoothing returns the map itself", () => {
  const map = map5({ 3: 1 });
  assert.equal(smooth(map, 0), map);
});

test("a NaN neither spreads nor vanishes", () => {
  const holed = { values: new Float32Array(25).fill(2), height: 5, width: 5 };
  holed.values[12] = NaN;
  const { values } = smooth(holed, 0.2);
  for (const [i, value] of values.entries()) {
    assert.ok(i === 12 ? Number.isNaN(value) : Math.abs(value - 2) < 1e-5);
  }
});
