import assert from "node:assert/strict";
import { test } from "node:test";
import {
  columnLeft,
  layoutOf,
  rowTop,
  spotAt,
  spotOf,
  subjectAt,
  visibleRows,
} from "../../src/panels/attributions/layout";
import type { LayoutName } from "../../src/panels/attributions/settings";

const everyTrack = (tracks: number, samples: number) =>
  Array.from({ length: samples }, () => Array.from({ length: tracks }, (_, track) => track));

const layout = (name: LayoutName, changes = {}) =>
  layoutOf({
    name,
    tracks: 3,
    rowsOf: everyTrack(3, 10),
    moments: 6,
    tile: 72,
    aspect: 1,
    viewWidth: 1000,
    ...changes,
  });

for (const [name, viewWidth] of [
  ["runs", 1000],
  ["runs", 2400],
  ["samples", 1000],
  ["samples", 2000],
  ["moment", 1000],
] as const) {
  test(`${name} in ${viewWidth} px: every tile is found where it stands, and shows one subject`, () => {
    const shown = layout(name, { viewWidth });
    const seen = new Set<string>();
    shown.blocks.forEach((block, b) => {
      for (let row = 0; row < block.rows; row++) {
        for (let column = 0; column < shown.columns; column++) {
          const spot = { block: b, row, column };
          const x = columnLeft(shown, column) + 1;
          const y = rowTop(shown, block, row) + 71;
          assert.deepEqual(spotAt(shown, x, y), spot);
          const subject = subjectAt(shown, spot);
          if (!subject) continue;
          assert.deepEqual(spotOf(shown, subject), spot);
          seen.add(JSON.stringify(subject));
        }
      }
    });
    const tiles = name === "moment" ? 3 * 10 : 3 * 10 * 6;
    assert.equal(seen.size, tiles);
  });
}

test("between tiles there is nothing", () => {
  const shown = layout("runs");
  assert.equal(spotAt(shown, columnLeft(shown, 1) - 1, rowTop(shown, shown.blocks[0], 0)), null);
  assert.equal(spotAt(shown, columnLeft(shown, 0), 0), null);
});

test("only rows in view are visited", () => {
  const shown = layout("runs", { rowsOf: everyTrack(3, 10_000) });
  const [first, end] = visibleRows(shown, shown.blocks[0], 5000, 6000);
  assert.ok(first > 60 && end - first < 20);
});

test("the content is as large as its last tile needs", () => {
  const shown = layout("runs");
  const last = shown.blocks[2];
  assert.ok(shown.height > rowTop(shown, last, 9) + shown.tileHeight);
  assert.ok(shown.width >= columnLeft(shown, 5) + 72);
});

test("without samples or runs there are no tiles", () => {
  assert.deepEqual(layout("samples", { rowsOf: [] }).blocks, []);
  assert.deepEqual(layout("runs", { tracks: 0 }).blocks, []);
});

test("where columns leave room, several samples stand beside one another", () => {
  const shown = layout("samples", { moments: 4, viewWidth: 1200, tile: null });
  assert.equal(shown.groups, 2);
  assert.equal(shown.blocks.length, 5);
  assert.ok(shown.width <= 1200 && shown.width > 1100, `${shown.width}`);
});

test("tiles fit the view by themselves, within what can be read", () => {
  assert.equal(layout("samples", { tile: null, moments: 11, viewWidth: 900 }).tile, 63);
  assert.equal(layout("samples", { tile: null, moments: 100 }).tile, 34);
  assert.equal(layout("runs", { tile: null, moments: 2, tracks: 1 }).tile, 96);
});

test("a run that lacks a sample takes no row of it", () => {
  const rowsOf = [[0, 1, 2], [0, 2], [1]];
  const shown = layout("samples", { rowsOf });
  assert.deepEqual(
    shown.blocks.map(({ rows }) => rows),
    [3, 2, 1],
  );
  assert.equal(subjectAt(shown, { block: 1, row: 1, column: 0 })?.track, 2);
  assert.equal(spotOf(shown, { track: 1, sample: 1, column: 0 }), null);
});
