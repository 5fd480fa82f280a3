import assert from "node:assert/strict";
import { test } from "node:test";
import { checkGraph } from "../../src/kinds/graph";
import { colourTable } from "../../src/maps/colormaps";
import { amount, bytes, shapeWords } from "../../src/panels/graph/amounts";
import { COSTS, measuresOf } from "../../src/panels/graph/measures";
import { costRows, totalsOf } from "../../src/panels/graph/rows";
import { shadeOf, shadesFor } from "../../src/panels/graph/shades";
import type { Series, TrainingRecord } from "../../src/types";
import { EDGES, graphRecord, NODES, node, TREE } from "./fixture";

test("amounts keep three digits", () => {
  assert.deepEqual([0, 999, 1000, 12_345, 999_999, 4.2e9].map(amount), [
    "0",
    "999",
    "1.00 k",
    "12.3 k",
    "1.00 M",
    "4.20 G",
  ]);
  assert.equal(amount(null), "–");
  assert.equal(bytes(2_100_000), "2.10 MB");
  assert.equal(bytes(12), "12 B");
  assert.equal(shapeWords([8, 64]), "8 × 64");
  assert.equal(shapeWords(null), "not known");
});

test("the table lists parts without insides, costliest first, with their shares", () => {
  const rows = costRows(TREE, COSTS[0]);
  assert.deepEqual(
    rows.slice(0, 3).map(({ node: { id }, share }) => [id, share]),
    [
      ["a.y", 20 / 35],
      ["a.x", 10 / 35],
      ["b.x", 5 / 35],
    ],
  );
});

test("totals are those of the outermost parts, which hold those inside", () => {
  const { parameters, nodes, untraced } = totalsOf(TREE);
  assert.deepEqual([parameters, nodes, untraced], [35, 8, 0]);
});

function statistics(what: string, names: readonly string[], rollup: unknown): Series[] {
  const layers = names.map((name) => ({ name, type: "", shape: [1], size: 1 }));
  const entry = { name: "norm", label: "norm", unit: "", scale: "log", rollup };
  const common = { monitor: "m", epoch: 0, written: 1, wallTime: 0 };
  const table = { digest: what, what, layers, statistics: [entry] };
  const at = (step: number, values: number[]): TrainingRecord => ({
    ...common,
    kind: "layer_statistics",
    step,
    fields: { table: what, what, gap: null },
    arrays: { values: { shape: [names.length, 1], data: Float32Array.from(values) } },
  });
  const kinds: [string, TrainingRecord[]][] = [
    ["layer_table", [{ ...common, kind: "layer_table", step: 1, fields: table, arrays: {} }]],
    ["layer_statistics", [at(1, [3, 4]), at(9, [30, 40])]],
  ];
  return kinds.map(([kind, records]) => ({
    run: "r",
    tag: `m/${kind}`,
    kind,
    monitor: "m",
    records,
    written: records.length,
    unloaded: [],
    unreadable: [],
  }));
}

test("statistics are joined by name, those of parameters rolled up to their module", () => {
  const series = statistics("gradients", ["a.x.weight", "a.y.weight"], "root-sum-square");
  const [norm] = measuresOf(series, "r", 5).slice(COSTS.length);
  assert.equal(norm.name, "gradients:norm");
  assert.equal(norm.valueOf(NODES[2]), 3);
  assert.equal(norm.valueOf(NODES[1]), 5);
  assert.ok(Number.isNaN(norm.valueOf(NODES[4])));
  const [later] = measuresOf(series, "r", 9).slice(COSTS.length);
  assert.equal(later.valueOf(NODES[1]), 50);
});

test("activations are those of the module itself, never rolled up", () => {
  const series = statistics("activations", ["a.x", "a.y"], null);
  const [norm] = measuresOf(series, "r", 5).slice(COSTS.length);
  assert.equal(norm.valueOf(NODES[3]), 4);
  assert.ok(Number.isNaN(norm.valueOf(NODES[1])));
});

test("on a logarithmic scale zero and what is not known have no colour", () => {
  const shades = shadesFor({ scale: "log" }, [0, Number.NaN, 10, 1000], false);
  assert.ok(shades);
  assert.deepEqual([shades.low, shades.high], [10, 1000]);
  assert.equal(shadeOf(shades, Number.NaN), null);
  assert.notEqual(shadeOf(shades, 10), shadeOf(shades, 1000));
  assert.equal(shadesFor({ scale: "log" }, [0], false), null);
});

test("signed values have their zero in the middle of a diverging map", () => {
  const shades = shadesFor({ scale: "signed" }, [-1, 3], false);
  assert.ok(shades);
  assert.deepEqual([shades.low, shades.high], [-3, 3]);
  assert.equal(shades.table, colourTable("vik"));
});

test("graphs that hold together are taken", () => {
  assert.equal(checkGraph(graphRecord()), null);
  assert.equal(checkGraph({ ...graphRecord(), fields: { gap: "RuntimeError" } }), null);
});

test("hostile graphs are refused, with what is wrong", () => {
  const loop = [node("a", "module", "b"), node("b", "module", "a")];
  const wrong: [unknown, unknown, RegExp][] = [
    [null, EDGES, /no nodes/],
    [[...NODES, NODES[0]], EDGES, /one id/],
    [loop, [], /lies in no module/],
    [[node("a", "module", "elsewhere")], [], /lies in no module/],
    [NODES, [["in", "nowhere"]], /joins no two/],
    [[{ ...NODES[0], kind: "script" }], [], /no known kind/],
    [[{ ...NODES[0], parameters: "many" }], [], /costs in numbers/],
    [[{ ...NODES[0], shape: "8x2" }], [], /no shape/],
    [[null], [], /no name/],
  ];
  for (const [nodes, edges, words] of wrong) {
    assert.match(checkGraph(graphRecord(nodes, edges)) ?? "", words);
  }
});
