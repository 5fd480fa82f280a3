import assert from "node:assert/strict";
import { test } from "node:test";
import { layoutOf } from "../../src/panels/attributions/layout";
import { isInView, MOVES, moved } from "../../src/panels/attributions/walk";

const layout = layoutOf({
  name: "runs",
  tracks: 2,
  rowsOf: [0, 1, 2, 3].map(() => [0, 1]),
  moments: 5,
  tile: 40,
  aspect: 1,
  viewWidth: 500,
});

test("rows continue from one run's block to the next, and back", () => {
  const last = { block: 0, row: 3, column: 2 };
  const next = { block: 1, row: 0, column: 2 };
  assert.deepEqual(moved(layout, last, MOVES.ArrowDown), next);
  assert.deepEqual(moved(layout, next, MOVES.ArrowUp), last);
});

test("the edges hold", () => {
  const first = { block: 0, row: 0, column: 0 };
  assert.deepEqual(moved(layout, first, MOVES.ArrowUp), first);
  assert.deepEqual(moved(layout, first, MOVES.ArrowLeft), first);
  const end = { block: 1, row: 3, column: 4 };
  assert.deepEqual(moved(layout, end, MOVES.PageDown), end);
  assert.deepEqual(moved(layout, first, MOVES.End), { ...first, column: 4 });
});

test("a tile is in view if it is neither scrolled away nor below the labels", () => {
  const spot = { block: 0, row: 0, column: 0 };
  const seen = (scrollLeft: number, scrollTop: number) =>
    isInView(layout, spot, { scrollLeft, scrollTop, clientWidth: 500, clientHeight: 300 });
  assert.ok(seen(0, 0));
  assert.ok(!seen(100, 0));
  assert.ok(!seen(0, 100));
});
