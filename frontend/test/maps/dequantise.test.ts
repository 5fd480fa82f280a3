import assert from "node:assert/strict";
import { test } from "node:test";
import { dequantise, storedMap, storedPeak } from "../../src/maps/dequantise";

const maps = { shape: [2, 1, 3], data: Int8Array.of(1, 2, 3, -127, 0, 127) };
const scales = { shape: [2], data: Float32Array.of(1, 0.5) };

test("a map is its counts times its own scale", () => {
  const second = dequantise(storedMap(maps, scales, 1));
  assert.deepEqual([...second.values], [-63.5, 0, 63.5]);
  assert.deepEqual([second.height, second.width], [1, 3]);
});

test("raw float maps keep NaN and infinities, and their peak is the largest finite one", () => {
  const raw = { shape: [1, 1, 3], data: Float32Array.of(NaN, -Infinity, -4) };
  const map = storedMap(raw, { shape: [1], data: Float32Array.of(1) }, 0);
  assert.deepEqual([...dequantise(map).values], [NaN, -Infinity, -4]);
  assert.equal(storedPeak(map), 4);
});

test("the peak of a stored map equals that of its values", () => {
  assert.equal(storedPeak(storedMap(maps, scales, 1)), 63.5);
});

test("a map that is not there is refused with its number", () => {
  assert.throws(() => storedMap(maps, scales, 2), /Map 2 of 2/);
  assert.throws(() => storedMap({ ...maps, shape: [2, 3] }, scales, 0), /expected \[N, height/);
});
