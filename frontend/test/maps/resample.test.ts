import assert from "node:assert/strict";
import { test } from "node:test";
import { pack } from "../../src/maps/colormaps";
import { resample } from "../../src/maps/resample";

const [black, white] = [pack([0, 0, 0]), pack([255, 255, 255])];

test("its own size gives the picture back", () => {
  const picture = { pixels: Uint32Array.of(black, white), height: 1, width: 2 };
  assert.equal(resample(picture, 1, 2), picture.pixels);
});

test("shrinking averages what a pixel covers", () => {
  const picture = { pixels: Uint32Array.of(black, white, white, black), height: 2, width: 2 };
  assert.deepEqual([...resample(picture, 1, 1)], [pack([128, 128, 128])]);
});

test("a constant picture stays constant at any size", () => {
  const colour = pack([10, 200, 77]);
  const picture = { pixels: new Uint32Array(35).fill(colour), height: 5, width: 7 };
  for (const [height, width] of [
    [3, 4],
    [9, 11],
    [40, 50],
  ] as const) {
    assert.deepEqual(new Set(resample(picture, height, width)), new Set([colour]));
  }
});

test("much enlarged pixels stay squares", () => {
  const picture = { pixels: Uint32Array.of(black, white), height: 1, width: 2 };
  assert.deepEqual([...resample(picture, 1, 6)], [black, black, black, white, white, white]);
});
