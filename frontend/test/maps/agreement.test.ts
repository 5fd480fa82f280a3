import assert from "node:assert/strict";
import { test } from "node:test";
import { countRanks, ranks, spearman } from "../../src/maps/agreement";

const row = (...values: number[]) => Float32Array.of(...values);

test("equal values share the mean of their ranks", () => {
  assert.deepEqual([...ranks(row(3, 1, 3, -2))], [2.5, 1, 2.5, 0]);
});

test("equals scipy's spearmanr, ties included", () => {
  // scipy.stats.spearmanr([1, 2, 2, 3, 5, 0], [2, 1, 4, 4, 9, -1]), scipy 1.17
  const value = spearman(row(1, 2, 2, 3, 5, 0), row(2, 1, 4, 4, 9, -1));
  assert.ok(Math.abs(value! - 0.8676470588) < 1e-9);
});

test("any increasing change of scale agrees fully", () => {
  assert.equal(spearman(row(1, 2, 3), row(10, 200, 3000)), 1);
  assert.equal(spearman(row(1, 2, 3), row(-1, -2, -3)), -1);
});

test("is not defined for constant, non-finite or differently sized maps", () => {
  assert.equal(spearman(row(1, 1), row(1, 2)), null);
  assert.equal(spearman(row(1, NaN), row(1, 2)), null);
  assert.equal(spearman(row(1, 2, 3), row(1, 2)), null);
});

test("counting 8-bit values gives the same ranks as sorting them", () => {
  const signed = Int8Array.of(3, -127, 3, 0, 127, -2);
  assert.deepEqual(countRanks(signed), ranks(Float32Array.from(signed)));
  const unsigned = Uint8Array.of(255, 0, 7, 7, 0, 254);
  assert.deepEqual(countRanks(unsigned), ranks(Float32Array.from(unsigned)));
});
