import assert from "node:assert/strict";
import { test } from "node:test";
import { GAP, gridOf, PAD, TILE_GAP, tilePlace } from "../../src/panels/compare/samples/grid";
import { wiped } from "../../src/panels/compare/samples/paint";

test("three tiles fit a card, and cards the width", () => {
  for (const width of [320, 700, 1230, 2000]) {
    const grid = gridOf(width, "side", 10, 1);
    assert.ok(grid.columns * (grid.cardWidth + GAP) - GAP <= width);
    assert.ok(3 * grid.tile + 2 * TILE_GAP + 2 * PAD <= grid.cardWidth);
    assert.equal(grid.rows, Math.ceil(10 / grid.columns));
  }
});

test("a wipe or a flicker has one tile, and so more cards in a row", () => {
  assert.equal(gridOf(700, "wipe", 10, 1).tiles, 1);
  assert.ok(gridOf(700, "wipe", 10, 1).columns > gridOf(700, "side", 10, 1).columns);
});

test("tiles of tall inputs are as tall", () => {
  const grid = gridOf(700, "side", 4, 2);
  assert.equal(grid.tileHeight, 2 * grid.tile);
});

test("cards follow one another row by row", () => {
  const grid = gridOf(700, "side", 10, 1);
  assert.equal(tilePlace(grid, grid.columns, 0).x, tilePlace(grid, 0, 0).x);
  assert.equal(tilePlace(grid, grid.columns, 0).y - tilePlace(grid, 0, 0).y, grid.pitch);
  assert.equal(tilePlace(grid, 0, 1).x - tilePlace(grid, 0, 0).x, grid.tile + TILE_GAP);
});

test("a wipe shows A left of its divider and B right of it", () => {
  const [a, b] = [new Uint32Array(6).fill(1), new Uint32Array(6).fill(2)];
  const size = { height: 2, width: 3 };
  assert.deepEqual([...wiped(a, b, size, 1)], [1, 2, 2, 1, 2, 2]);
  assert.deepEqual([...wiped(a, b, size, 0)], [...b]);
  assert.deepEqual([...wiped(a, b, size, 3)], [...a]);
});
