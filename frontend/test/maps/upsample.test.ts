import assert from "node:assert/strict";
import { test } from "node:test";
import { upsample } from "../../src/maps/upsample";

const squares = { values: Float32Array.of(0, 1, 4, 9, 16, 25), height: 2, width: 3 };

function close(actual: Float32Array, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  for (const [i, value] of expected.entries()) {
    assert.ok(Math.abs(actual[i] - value) < 1e-5, `${i}: ${actual[i]}`);
  }
}

// torch.nn.functional.interpolate(arange(6).reshape(1, 1, 2, 3) ** 2, (5, 7), mode="bilinear",
// align_corners=False), torch 2.13
const TORCH_5_BY_7 = [
  0.0, 0.142857, 0.571429, 1.0, 2.285714, 3.571429, 4.0, 0.9, 1.128572, 1.814286, 2.5, 4.042857,
  5.585715, 6.1, 4.5, 5.071429, 6.785714, 8.5, 11.071428, 13.642858, 14.5, 8.1, 9.014286, 11.757143,
  14.500001, 18.1, 21.7, 22.9, 9.0, 10.000001, 13.0, 16.0, 19.857143, 23.714287, 25.0,
];

test("enlarging equals torch's bilinear interpolation with align_corners=False", () => {
  close(upsample(squares, 5, 7).values, TORCH_5_BY_7);
});

test("shrinking equals torch's as well", () => {
  const waves = Float32Array.from({ length: 16 }, (_, i) => Math.sin(i));
  const small = upsample({ values: waves, height: 4, width: 4 }, 3, 2);
  close(small.values, [0.207636, 0.469138, -0.078563, -0.29161, 0.068287, 0.555039]);
});

test("a single cell fills everything", () => {
  close(upsample({ values: Float32Array.of(3), height: 1, width: 1 }, 2, 2).values, [3, 3, 3, 3]);
});

test("the own resolution gives the map back", () => {
  close(upsample(squares, 2, 3).values, [...squares.values]);
});

test("a NaN cell stays within the pixels nearest to it and does not bleed", () => {
  const holed = { values: Float32Array.of(1, NaN, 1), height: 1, width: 3 };
  const { values } = upsample(holed, 1, 9);
  close(values.slice(0, 3), [1, 1, 1]);
  assert.ok([3, 4, 5].every((i) => Number.isNaN(values[i])));
  close(values.slice(6), [1, 1, 1]);
});
