import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultOpen, matching, pathOf, shortName, treeOf } from "../../src/panels/graph/tree";
import { graphRecord, NODES, node, TREE } from "./fixture";

test("modules unfold as long as few boxes show", () => {
  assert.deepEqual(defaultOpen(TREE, 40), new Set(["a", "b"]));
  assert.deepEqual(defaultOpen(TREE, 5), new Set());
});

test("of modules alike all unfold or none, whatever else does", () => {
  const block = (id: string, type: string) => [
    { ...node(id, "module", null), type },
    node(`${id}.x`, "operation", id),
    node(`${id}.y`, "operation", id),
  ];
  const nodes = [...block("a", "Block"), ...block("b", "Block"), ...block("head", "Head")];
  const tree = treeOf(graphRecord(nodes, []));
  assert.deepEqual(defaultOpen(tree, 5), new Set(["head"]));
  assert.deepEqual(defaultOpen(tree, 6), new Set(["a", "b", "head"]));
});

test("a model that is one module unfolds however large it is", () => {
  const inside = Array.from({ length: 60 }, (_, i) => node(`net.${i}`, "module", "net"));
  const whole = treeOf(graphRecord([node("net", "module", null), ...inside], []));
  assert.deepEqual(defaultOpen(whole, 40), new Set(["net"]));
});

test("a path leads from a node to the outermost module around it", () => {
  assert.deepEqual(pathOf(TREE, "b.add"), ["b.add", "b"]);
});

test("parts are found by name or type, whatever the case", () => {
  assert.deepEqual(matching(TREE, " B.X"), ["b.x"]);
  assert.deepEqual(matching(TREE, "operation"), ["b.add"]);
  assert.deepEqual(matching(TREE, ""), []);
});

test("a short name is the last part of the whole one", () => {
  assert.equal(shortName(NODES[2]), "x");
  assert.equal(shortName(node("input.0", "input", null)), "input.0");
});
