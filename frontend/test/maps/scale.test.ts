import assert from "node:assert/strict";
import { test } from "node:test";
import { isFlat, ownScale, toShares } from "../../src/maps/scale";

const map = (...values: number[]) => ({
  values: Float32Array.of(...values),
  height: 1,
  width: values.length,
});

test("signed shares are symmetric around zero", () => {
  assert.deepEqual([...toShares(map(-2, 0, 1, 8), { limit: 4, signed: true })], [-0.5, 0, 0.25, 1]);
});

test("unsigned shares start at zero", () => {
  assert.deepEqual([...toShares(map(-2, 0, 1), { limit: 4, signed: false })], [0, 0, 0.25]);
});

test("a constant map is constant with its own scale", () => {
  const shared = { limit: 1, signed: false };
  const shares = toShares(map(0.5, 0.5, 0.5), ownScale(0.5, shared));
  assert.deepEqual([...shares], [1, 1, 1]);
});

test("a nearly flat map keeps its small relief: the scale starts at zero, not at its minimum", () => {
  const shares = toShares(map(0.5, 0.505, 0.51), ownScale(0.51, { limit: 1, signed: false }));
  assert.ok(Math.max(...shares) - Math.min(...shares) < 0.02);
});

test("noise far below the shared limit is not magnified to full colour", () => {
  const shared = { limit: 1, signed: true };
  const shares = toShares(map(1e-6, -1e-6), ownScale(1e-6, shared));
  assert.ok(shares.every((share) => Math.abs(share) < 1e-4));
  assert.ok(isFlat(1e-6, shared));
  assert.ok(!isFlat(0.5, shared));
});

test("zeros stay zeros, with no scale at all", () => {
  assert.deepEqual([...toShares(map(0, 0), ownScale(0, { limit: 0, signed: false }))], [0, 0]);
});

test("what is not finite passes through", () => {
  assert.deepEqual([...toShares(map(NaN, Infinity), { limit: 1, signed: true })], [NaN, Infinity]);
});
