import assert from "node:assert/strict";
import { test } from "node:test";
import { pixelsOf } from "../src/picture-size";

function bytes(...parts: (string | readonly number[])[]): Uint8Array {
  const all = parts.flatMap((part) =>
    typeof part === "string" ? [...part].map((letter) => letter.charCodeAt(0)) : [...part],
  );
  return new Uint8Array([...all, ...new Array(40).fill(0)]);
}

const RIFF = ["RIFF", [0, 0, 0, 0], "WEBP"] as const;

test("a PNG declares its pixels in its first chunk", () => {
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  const png = bytes(signature, [0, 0, 0, 13], "IHDR", [0, 0, 0x9c, 0x40], [0, 0, 0x9c, 0x40]);
  assert.equal(pixelsOf(png), 40_000 ** 2);
});

test("a WebP declares them in one of three ways", () => {
  const extended = bytes(...RIFF, "VP8X", [10, 0, 0, 0], [0, 0, 0, 0], [0xff, 0x3f, 0], [1, 0, 0]);
  assert.equal(pixelsOf(extended), 16_384 * 2);
  const lossless = bytes(...RIFF, "VP8L", [0, 0, 0, 0], [0x2f], [0x03, 0x40, 0, 0]);
  assert.equal(pixelsOf(lossless), 4 * 2);
  const lossy = bytes(...RIFF, "VP8 ", [0, 0, 0, 0], [0, 0, 0], [0x9d, 1, 0x2a], [5, 0], [7, 0]);
  assert.equal(pixelsOf(lossy), 35);
});

test("what is neither has no size", () => {
  assert.equal(pixelsOf(bytes("GIF89a")), null);
  assert.equal(pixelsOf(bytes("<svg/>")), null);
  assert.equal(pixelsOf(new Uint8Array(0)), null);
});
