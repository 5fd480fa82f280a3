import assert from "node:assert/strict";
import { test } from "node:test";
import {
  centreOfMass,
  magnitude,
  peak,
  positiveMass,
  positiveShare,
  REGIONS,
  regionOf,
  regionShares,
} from "../../src/maps/statistics";

const map = (height: number, width: number, ...values: number[]) => ({
  values: Float32Array.of(...values),
  height,
  width,
});

test("the peak is the middle of the largest positive cell, as a fraction of the input", () => {
  const found = peak(map(2, 4, 0, 1, 0, 0, 0, 0, 0, 3));
  assert.deepEqual(found, { x: 0.875, y: 0.75, value: 3, row: 1, column: 3 });
});

test("a map without a positive value has neither peak, centre nor regions", () => {
  const negative = map(1, 2, -1, 0);
  assert.equal(peak(negative), null);
  assert.equal(centreOfMass(negative), null);
  assert.equal(regionShares(negative), null);
  assert.equal(positiveShare(map(1, 2, 0, 0)), null);
});

test("the centre of mass counts positive values alone", () => {
  assert.deepEqual(centreOfMass(map(1, 4, 1, -9, 0, 1)), { x: 0.5, y: 0.5 });
});

test("masses and shares ignore what is not finite", () => {
  const mixed = map(1, 4, 3, -1, NaN, Infinity);
  assert.equal(positiveMass(mixed), 3);
  assert.equal(positiveShare(mixed), 0.75);
  assert.equal(magnitude(mixed.values), 3);
});

test("positions fall into the nine regions they are named by", () => {
  assert.equal(REGIONS[regionOf({ x: 0.9, y: 0.9 })], "lower right corner");
  assert.equal(REGIONS[regionOf({ x: 0.5, y: 0.5 })], "centre");
  assert.equal(REGIONS[regionOf({ x: 1, y: 0 })], "upper right corner");
});

test("regions share the mass by area where cells straddle them, and sum to one", () => {
  const whole = regionShares(map(1, 1, 5))!;
  assert.ok(whole.every((share) => Math.abs(share - 1 / 9) < 1e-12));
  const left = regionShares(map(1, 2, 1, 0))!;
  assert.ok(Math.abs(left[0] + left[3] + left[6] - 2 / 3) < 1e-12);
  assert.ok(Math.abs(left.reduce((sum, share) => sum + share, 0) - 1) < 1e-12);
});
