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

const layout = (name: LayoutName, changes = {}) =>
  layoutOf({
    name,
    tracks: 3,
    samples: 10,
    moments: 6,
    tile: 72,
    aspect: 1,
    viewWidth: 1000,
    ...changes,
  });

for (const name of ["runs", "samples", "moment"] as const) {
  test(`${name}: every tile is found again where it stands, and shows one subject`, () => {
    const shown = layout(name);
    const seen = new Set<string>();
    shown.blocks.forEach((block, b) => {
      for (let row = 0; row < block.rows; row++) {
        for (let column = 0; column < shown.columns; column++) {
          const spot = { block: b, row, column };
          const x = columnLeft(shown, column) + 1;
          const y = rowTop(shown, block, row) + 71;
          assert.deepEqual(spotAt(shown, x, y), spot);
          const subject = subjectAt(shown, spot);
          assert.deepEqual(spotOf(shown, subject), spot);
          seen.add(JSON.stringify(subject));
        }
      }
    });
    const tiles = name === "moment" ? 3 * 10 : 3 * 10 * 6;
    assert.ok(seen.size >= tiles, `${seen.size}`);
  });
}

test("between tiles there is nothing", () => {
  const shown = layout("runs");
  assert.equal(spotAt(shown, columnLeft(shown, 1) - 1, rowTop(shown, shown.blocks[0], 0)), null);
  assert.equal(spotAt(shown, columnLeft(shown, 0), 0), null);
});

test("only rows in view are visited", () => {
  const shown = layout("runs", { samples: 10_000 });
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
  assert.deepEqual(layout("samples", { samples: 0 }).blocks, []);
  assert.deepEqual(layout("runs", { tracks: 0 }).blocks, []);
});
