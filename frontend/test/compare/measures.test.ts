import assert from "node:assert/strict";
import { test } from "node:test";
import { isAbsence } from "../../src/panels/attributions/sources";
import { measuresOf, medianOf, topOverlap } from "../../src/panels/compare/measures";
import { COAT, SHIRT } from "../attributions/fixture";
import { at, moment, run, side } from "./fixture";

function measured(before: readonly number[], after: readonly number[], hash: string) {
  const all = run("clean", [...moment(0, before, [0, 0]), ...moment(10, after, [0, 0])]);
  const [a, b] = [side(all, at("clean", 0)), side(all, at("clean", 10))].map((s) => s.source);
  assert.ok(!isAbsence(a) && !isAbsence(b));
  return measuresOf(a, b, hash);
}

test("figures of a map that moved to the right", () => {
  const { rank, shift, totals, difference, centres } = measured([4, 0, 1, 1], [1, 3, 1, 1], SHIRT);
  assert.equal(rank, -1);
  assert.deepEqual(totals, [4, 4]);
  assert.equal(difference, 3);
  // The centre goes from x = 0.25 to 0.25 / 4 + 3 * 0.75 / 4 = 0.625.
  assert.deepEqual(
    centres?.map(({ x }) => x),
    [0.25, 0.625],
  );
  assert.ok(Math.abs((shift ?? 0) - 0.375) < 1e-12);
});

test("what a constant map has none of is not defined, the rest is", () => {
  const { rank, ssim, totals, reason } = measured([4, 0, 1, 1], [1, 3, 2, 0], COAT);
  assert.equal(rank, null);
  assert.equal(ssim, null);
  assert.deepEqual(totals, [2, 2]);
  assert.equal(reason, null);
});

test("a sample that an end lacks has no figures, and a reason", () => {
  const { rank, difference, reason } = measured([1, 2, 1, 2], [1, 2, 1, 2], "unknown");
  assert.equal(rank, null);
  assert.ok(Number.isNaN(difference));
  assert.match(reason ?? "", /lacks the sample/);
});

test("the strongest tenth overlaps by what is in both, signs aside", () => {
  const x = Float32Array.from({ length: 40 }, (_, i) => i);
  const y = Float32Array.from({ length: 40 }, (_, i) => (i < 2 ? -100 : i));
  // Of x 36 to 39; of y 0, 1, 38 and 39.
  assert.equal(topOverlap(x, y), 0.5);
  assert.equal(topOverlap(x, x), 1);
  assert.equal(topOverlap(x, new Float32Array(40)), null);
});

test("of few values at least three count, zeros never", () => {
  assert.equal(topOverlap(Float32Array.of(5, 4, 3, 0), Float32Array.of(5, 4, 0, 3)), 2 / 3);
});

test("the median of an even number is the mean of the middle two", () => {
  assert.equal(medianOf([4, 1, 3, 2]), 2.5);
  assert.equal(medianOf([]), null);
});
