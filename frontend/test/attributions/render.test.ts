import assert from "node:assert/strict";
import { test } from "node:test";
import { colourTable } from "../../src/maps/colormaps";
import { type Look, renderMap } from "../../src/panels/attributions/render";

const look = (changes: Partial<Look> = {}): Look => ({
  solid: true,
  opacity: 0.5,
  threshold: 0,
  smoothing: 0,
  levels: 0,
  sequential: "viridis",
  diverging: "vik",
  ground: 0xff808080,
  ...changes,
});
const map = { values: Float32Array.of(0, 1), height: 1, width: 2 };
const size = { height: 4, width: 8 };

test("unsigned maps use the sequential colours, signed ones the diverging", () => {
  const plain = renderMap(map, null, { limit: 1, signed: false }, look(), size);
  assert.equal(plain[0], colourTable("viridis")[0]);
  assert.equal(plain[7], colourTable("viridis")[255]);
  const signed = renderMap(map, null, { limit: 1, signed: true }, look(), size);
  assert.equal(signed[7], colourTable("vik")[255]);
});

test("a constant map is one colour on its own scale, and so is one of zeros", () => {
  for (const value of [0, 0.3]) {
    const flat = { ...map, values: Float32Array.of(value, value) };
    const pixels = renderMap(flat, null, { limit: value, signed: false }, look(), size);
    assert.equal(new Set(pixels).size, 1);
  }
});

test("contour lines are drawn in black or white where the map crosses a level", () => {
  const pixels = renderMap(map, null, { limit: 1, signed: false }, look({ levels: 1 }), size);
  const lines = [...pixels].filter((pixel) => pixel === 0xffffffff || pixel === 0xff000000);
  assert.equal(lines.length, size.height);
});

test("a picture shows through an overlay and not through a map drawn alone", () => {
  const picture = new Uint32Array(32).fill(0xff0000ff);
  const scale = { limit: 1, signed: false };
  const overlay = renderMap(map, picture, scale, look({ solid: false }), size);
  assert.equal(overlay[0], 0xff0000ff);
  const alone = renderMap(map, picture, scale, look(), size);
  assert.equal(alone[0], colourTable("viridis")[0]);
});
