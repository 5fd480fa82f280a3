import assert from "node:assert/strict";
import { test } from "node:test";
import { cellAt, cornerOf, gridLayout } from "../../src/panels/attention/grid";
import { mapLayout, placeAt } from "../../src/panels/attention/mapLayout";
import type { Shown } from "../../src/panels/attention/records";
import { spreadIndices, stripColumns } from "../../src/panels/attention/strip";
import { isSpecial, shortNames, tokenLabels } from "../../src/panels/attention/tokens";
import { weightWords } from "../../src/panels/attention/words";
import { attention } from "./fixture";

test("thumbnails fill the width, a row per layer", () => {
  const layout = gridLayout([4, 2], 230, 30, 1);
  assert.equal(layout.tile, 47);
  assert.deepEqual([layout.rows, layout.columns], [2, 4]);
  const [x, y] = cornerOf(layout, { layer: 1, head: 3 });
  assert.deepEqual(cellAt(layout, x + 1, y + 1), { layer: 1, head: 3 });
  assert.equal(cellAt(layout, 5, y), null);
  assert.equal(cellAt(layout, x, layout.height + 5), null);
});

test("thumbnails of many heads stay large enough to be hit", () => {
  assert.ok(gridLayout([200], 300, 30, 1).tile >= 10);
});

test("a large map labels as many tokens as there is room for", () => {
  assert.equal(mapLayout(10, 10, 400, 60).every, 1);
  const long = mapLayout(128, 128, 400, 60);
  assert.ok(long.every > 3 && long.width <= 402);
  const at = placeAt(long, [128, 128], 60 + 5.5 * long.cell, 60 + 127.5 * long.cell);
  assert.deepEqual(at, { query: 127, key: 5 });
  assert.deepEqual(placeAt(long, [128, 128], 3, 3), { query: null, key: null });
});

test("names lose what all of them share", () => {
  assert.deepEqual(shortNames(["enc.layer.0.attn", "enc.layer.11.attn"]), ["0", "11"]);
  assert.deepEqual(shortNames(["enc.0.attn", "dec.0.cross"]), ["enc.0.attn", "dec.0.cross"]);
  assert.deepEqual(shortNames(["attn"]), ["attn"]);
  assert.deepEqual(shortNames(["a.b", "a.b"]), ["b", "b"]);
});

test("special tokens are told from text", () => {
  const tokens = ["[CLS]", "</s>", "<pad>", "[MASK]", "free", "<3 you", "[citation needed]"];
  assert.deepEqual(tokens.map(isSpecial), [true, true, true, true, false, false, false]);
});

function shown(change: Partial<Shown>): Shown {
  const record = attention(0);
  const plain = { run: "r", record, n: 0, length: 3, prefix: 0, grid: null, layers: [] };
  return { ...plain, tokens: null, ...change };
}

test("tokens are labelled by themselves, cells by their place, others by number", () => {
  assert.deepEqual(tokenLabels(shown({ tokens: ["▁claim", "Ġ", "x"] })), ["claim", '"Ġ"', "x"]);
  const cells = tokenLabels(shown({ grid: [1, 2], prefix: 1 }));
  assert.deepEqual(cells, ["class token", "row 0, column 0", "row 0, column 1"]);
  assert.deepEqual(tokenLabels(shown({})), ["0", "1", "2"]);
});

test("a film strip too long for its place keeps the ends and the scrubbed moment", () => {
  assert.deepEqual(spreadIndices(4, 6, 2), [0, 1, 2, 3]);
  const picked = spreadIndices(100, 5, 37);
  assert.ok(picked.includes(0) && picked.includes(99) && picked.includes(37));
  assert.ok(picked.length <= 5);
});

test("a column of the strip is a moment at which some run has a new record", () => {
  const [a, b] = [attention(10), attention(30)];
  const at = (_: number, step: number) => (step >= 30 ? b : step >= 10 ? a : undefined);
  const moments = [0, 10, 20, 30].map((step) => ({ step, epoch: step }));
  const columns = stripColumns(moments, [[a, b]], at);
  assert.deepEqual(
    columns.map(({ step, records }) => [step, records[0]]),
    [
      [10, a],
      [30, b],
    ],
  );
});

test("weights are written with as many digits as were stored", () => {
  assert.deepEqual(
    [0.25, 0, 1e-5, Number.NaN].map((weight) => weightWords(weight)),
    ["0.2500", "0", "1.0e-5", "not stored"],
  );
  assert.equal(weightWords(Number.NaN, true), "NaN");
});
