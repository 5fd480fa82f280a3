import assert from "node:assert/strict";
import { test } from "node:test";
import {
  deepest,
  groupName,
  groupsOf,
  mergedOrder,
  ROOT,
  type RollUp,
} from "../../src/panels/layers/groups";
import { matcher, nearestRow, rowLabels, shownRows } from "../../src/panels/layers/rows";
import { LAYERS, table } from "./fixture";

const level = (rollUp: RollUp, depth = 1) => ({ rollUp, depth });

test("parameters fold into their modules, and modules into blocks", () => {
  const name = "encoder.0.attn.weight";
  assert.equal(groupName(name, "gradients", level("layers")), name);
  assert.equal(groupName(name, "gradients", level("modules")), "encoder.0.attn");
  assert.equal(groupName(name, "gradients", level("blocks", 2)), "encoder.0");
  assert.equal(groupName("scale", "weights", level("modules")), ROOT);
});

test("activations are of modules already", () => {
  assert.equal(groupName("blocks.0", "activations", level("modules")), "blocks.0");
  assert.equal(groupName("blocks.0.fc", "activations", level("blocks", 2)), "blocks.0");
});

test("groups keep the table's order and its layers", () => {
  const { names, members } = groupsOf(table, level("modules"));
  assert.deepEqual(names, ["stem", "blocks.0.fc", "blocks.1"]);
  assert.deepEqual(members, [[0], [1, 2], [3]]);
});

test("the deepest module has as many parts as its name", () => {
  assert.equal(deepest(LAYERS, "gradients"), 3);
  assert.equal(deepest(["a.b"], "activations"), 2);
});

test("names of several tables merge where their neighbours stand", () => {
  assert.deepEqual(
    mergedOrder([
      ["a", "c"],
      ["a", "b", "c", "d"],
    ]),
    ["a", "b", "c", "d"],
  );
  assert.deepEqual(mergedOrder([]), []);
});

test("a glob matches whole names and whatever is inside, text matches anywhere", () => {
  assert.ok(matcher("encoder.*.attn")("encoder.3.attn.out.weight"));
  assert.ok(!matcher("encoder.*.attn")("encoder.3.attention"));
  assert.ok(matcher("ATTN")("encoder.3.attn.out"));
  assert.ok(matcher("a.?")("a.1"));
  assert.ok(!matcher("a(*")("a.1"));
});

test("rows sort by depth, by name with numbers as numbers, or by value", () => {
  const rows = ["b.10", "b.9", "a"];
  const at: Record<string, number> = { "b.10": 1, "b.9": Infinity, a: Number.NaN };
  const sorted = (sort: "depth" | "name" | "value") => shownRows(rows, "", sort, (row) => at[row]);
  assert.deepEqual(sorted("depth"), rows);
  assert.deepEqual(sorted("name"), ["a", "b.9", "b.10"]);
  assert.deepEqual(sorted("value"), ["b.9", "b.10", "a"]);
  assert.deepEqual(
    shownRows(rows, "b.*", "depth", () => 0),
    ["b.10", "b.9"],
  );
});

test("a name that is no row stands for the row it is in, or one inside it", () => {
  const rows = ["stem", "blocks", "blocks.0"];
  assert.equal(nearestRow(rows, "blocks.0"), "blocks.0");
  assert.equal(nearestRow(rows, "blocks.0.fc.weight"), "blocks.0");
  assert.equal(nearestRow(["a.b.c"], "a"), "a.b.c");
  assert.equal(nearestRow(rows, "head"), "stem");
  assert.equal(nearestRow([], "head"), null);
});

test("where rows are low only those are named that open a part", () => {
  const rows = ["stem.w", "stem.b", "a.0.w", "a.0.b", "a.1.w", "a.1.b", "head.w"];
  const named = rowLabels(rows, 6, 12);
  assert.deepEqual(
    named.map(({ text }) => text),
    ["stem", "a.0", "a.1", "head"],
  );
  assert.deepEqual(
    rowLabels(rows, 12, 12).map(({ text }) => text),
    rows,
  );
});

test("names keep their distance however many rows there are", () => {
  const rows = Array.from({ length: 300 }, (_, i) => `blocks.${Math.floor(i / 6)}.p${i % 6}`);
  const places = rowLabels(rows, 2, 12).map(({ row }) => row);
  assert.ok(places.length > 20);
  assert.ok(places.every((row, i) => i === 0 || row - places[i - 1] >= 6));
});

test("the first of several parts is named as the others are", () => {
  const rows = [0, 2, 4].flatMap((i) => ["a", "b", "c"].map((part) => `blocks.${i}.${part}`));
  assert.deepEqual(
    rowLabels([...rows, "head"], 6, 12).map(({ text }) => text),
    ["blocks.0", "blocks.2", "blocks.4", "head"],
  );
  const single = [0, 1, 2, 3, 4].map((i) => `blocks.${i}.weight`);
  assert.deepEqual(rowLabels(single, 6, 12), [
    { row: 0, text: "blocks.0" },
    { row: 2, text: "blocks.2" },
    { row: 4, text: "blocks.4" },
  ]);
});
