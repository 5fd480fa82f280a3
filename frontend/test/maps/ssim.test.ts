import assert from "node:assert/strict";
import { test } from "node:test";
import { ssim } from "../../src/maps/ssim";

const grid = (height: number, width: number, value: (i: number) => number) => ({
  values: Float32Array.from({ length: height * width }, (_, i) => value(i)),
  height,
  width,
});
const near = (value: number | null, expected: number) =>
  assert.ok(value !== null && Math.abs(value - expected) < 1e-6, `${value}, not ${expected}`);
const first = (i: number) => (i * 7) % 11;
const second = (i: number) => ((i * 5) % 13) - 3;

test("equals scikit-image's structural_similarity with the range of both", () => {
  // skimage.metrics.structural_similarity(x, y, data_range=max of both - min of both), 0.25
  near(ssim(grid(8, 9, first), grid(8, 9, second)), -0.006030836407453957);
});

test("smaller maps take the largest odd window that fits", () => {
  near(ssim(grid(4, 5, first), grid(4, 5, second)), 0.19033126252268676); // win_size=3
});

test("is 1 for a map and itself, and symmetric", () => {
  near(ssim(grid(8, 8, first), grid(8, 8, first)), 1);
  const [a, b] = [grid(8, 8, first), grid(8, 8, second)];
  near(ssim(a, b), ssim(b, a) ?? Number.NaN);
});

test("is not defined for other sizes, tiny or constant maps, or values that are not finite", () => {
  assert.equal(ssim(grid(8, 8, first), grid(8, 9, first)), null);
  assert.equal(ssim(grid(2, 8, first), grid(2, 8, second)), null);
  assert.equal(
    ssim(
      grid(8, 8, () => 1),
      grid(8, 8, () => 1),
    ),
    null,
  );
  assert.equal(
    ssim(
      grid(8, 8, first),
      grid(8, 8, () => Number.NaN),
    ),
    null,
  );
});
