import assert from "node:assert/strict";
import { test } from "node:test";
import { layerPairs, sizeOf } from "../../src/panels/compare/tables/layers";
import { agreementOf, pairsOf } from "../../src/panels/compare/tables/matrix";
import { arranged } from "../../src/panels/compare/tables/SortTable";
import { editPairs } from "../../src/panels/compare/tables/sensitivities";
import { layerTracksOf } from "../../src/panels/layers/tracks";
import type { Track } from "../../src/panels/sensitivity/readings";
import * as layers from "../layers/fixture";
import { reading } from "../sensitivity/fixture";
import { at, moment, run, side } from "./fixture";

const LOG = { name: "norm", label: "norm", unit: "", scale: "log", rollup: null } as const;
const LAYER = { name: "fc", type: "Linear", shape: [8], size: 8 };

test("the size of a change follows the statistic's scale", () => {
  assert.equal(sizeOf(LOG, LAYER, 1, 8), 3);
  assert.equal(sizeOf(LOG, LAYER, 8, 1), 3);
  assert.equal(sizeOf(LOG, LAYER, 1, 0), Number.POSITIVE_INFINITY);
  assert.equal(sizeOf({ ...LOG, scale: "fraction" }, LAYER, 0.25, 0.5), 0.25);
  assert.equal(sizeOf({ ...LOG, name: "dead", scale: "linear" }, LAYER, 0, 2), 0.25);
  assert.ok(Number.isNaN(sizeOf(LOG, LAYER, Number.NaN, 1)));
});

function layerTracks() {
  const clean = [
    layers.tableRecord(),
    layers.statistics(100, { norm: [1, 1, 1, 1] }),
    layers.statistics(200, { norm: [2, 16, 1, 0.5] }),
  ];
  const other = [
    layers.tableRecord(["stem.weight", "head.weight"], "u"),
    layers.statistics(100, { norm: [4, 1] }, { rows: 2, digest: "u" }),
  ];
  return layerTracksOf([...layers.series("clean", clean), ...layers.series("other", other)]);
}

test("layers that changed most come first", () => {
  const [{ what, statistics, note }] = layerPairs(
    layerTracks(),
    at("clean", 100),
    at("clean", 200),
  );
  const norm = statistics.find(({ statistic }) => statistic.name === "norm");
  assert.equal(what, "gradients");
  assert.equal(note, null);
  assert.deepEqual(
    norm?.layers.map(({ layer, before, after, size }) => [layer, before, after, size]),
    [
      ["blocks.0.fc.weight", 1, 16, 4],
      ["stem.weight", 1, 2, 1],
      ["blocks.1.weight", 1, 0.5, 1],
      ["blocks.0.fc.bias", 1, 1, 0],
    ],
  );
});

test("runs are matched by the names of their layers, and what is unmatched is named", () => {
  const [{ statistics, onlyA, onlyB }] = layerPairs(
    layerTracks(),
    at("clean", 200),
    at("other", 100),
  );
  assert.deepEqual(
    statistics[0].layers.map(({ layer, before, after }) => [layer, before, after]),
    [["stem.weight", 2, 4]],
  );
  assert.deepEqual(onlyA, layers.LAYERS.slice(1));
  assert.deepEqual(onlyB, ["head.weight"]);
});

test("an end before the first record is stood for by it, which is said", () => {
  const [{ note }] = layerPairs(layerTracks(), at("clean", 0), at("clean", 200));
  assert.equal(note, "Gradients: A has none at or before step 0; its first, of step 100, is used.");
});

const track = (name: string, readings: Track["readings"]): Track => ({
  ...{ run: name, monitor: "m", edit: "channel", readings, notes: [], gaps: [] },
  newest: layers.record("sensitivity", 0, {}),
});

test("a change of sensitivity carries the errors of both ends, and says if it means anything", () => {
  const a = reading("kl", [[0.1, 0.2]], { errors: [0.03, 0.03] });
  const b = reading("kl", [[0.2, 0.9]], { errors: [0.04, 0.04] });
  const [pair] = editPairs([track("a", [a]), track("b", [b])], at("a", 0), at("b", 0));
  const [weak, strong] = pair.units[0].cells;
  assert.ok(Math.abs((weak?.error ?? 0) - 0.05) < 1e-12);
  assert.equal(weak?.indistinct, false); // 0.1 is 2 errors of 0.05, not less
  assert.equal(strong?.indistinct, false);
  assert.ok(Math.abs(pair.units[0].size - 0.7) < 1e-12);
});

test("levels and units are matched by name; exact scans go before estimates", () => {
  const exact = reading("kl", [[1, 2]], { levels: ["10 %", "20 %"], units: ["conv"] });
  const guess = reading("kl", [[9, 9]], { levels: ["10 %", "20 %"], step: 5, estimate: "fisher" });
  const other = reading(
    "kl",
    [
      [5, 6],
      [7, 8],
    ],
    { levels: ["20 %", "30 %"], units: ["conv", "fc"] },
  );
  const [pair] = editPairs(
    [track("a", [exact, guess]), track("b", [other])],
    at("a", 9),
    at("b", 9),
  );
  assert.equal(pair.a.estimate, null);
  assert.deepEqual(pair.levels, ["20 %"]);
  assert.equal(pair.units[0].cells[0]?.change, 3);
  assert.deepEqual(pair.onlyB, ["fc"]);
});

test("runs agree by the median rank correlation over the samples that both have", () => {
  const first = run("first", moment(10, [1, 2, 1, 2], [0, 1]));
  const second = run("second", moment(10, [1, 5, 3, 2], [0, 1]));
  const all = [...first, ...second];
  const found = agreementOf(side(all, at("first", 10)), side(all, at("second", 10)));
  assert.deepEqual(found, { median: 0, samples: 2, reason: "" });
});

test("runs that share no sample say so", () => {
  const all = [
    ...run("first", moment(10, [1, 2, 1, 2], [0, 1])),
    ...run("second", moment(10, [1, 2, 1, 2], [0, 1]), ["x", "y"]),
  ];
  const { median, reason } = agreementOf(side(all, at("first", 10)), side(all, at("second", 10)));
  assert.equal(median, null);
  assert.match(reason, /share no sample/);
});

test("each pair of runs is worked out once", () => {
  assert.deepEqual(pairsOf(3), [
    [0, 1],
    [0, 2],
    [1, 2],
  ]);
});

test("a table sorts numbers from the largest, text from A, and what is undefined last", () => {
  const rows = [{ v: 1 }, { v: Number.NaN }, { v: 3 }];
  const value = ({ v }: { v: number }) => v;
  assert.deepEqual(arranged(rows, { value }, false).map(value), [3, 1, Number.NaN]);
  assert.deepEqual(arranged(rows, { value }, true).map(value), [1, 3, Number.NaN]);
  const names = [{ n: "b" }, { n: "a" }];
  assert.equal(arranged(names, { value: ({ n }: { n: string }) => n }, false)[0].n, "a");
});
