import assert from "node:assert/strict";
import { test } from "node:test";
import { heatPixels, paperTable } from "../../src/panels/attention/heat";
import { tokenLines } from "../../src/panels/attention/lines";
import { indexRuns, isAbsence, type Shown, shownIn } from "../../src/panels/attention/records";
import {
  headMap,
  headRow,
  keptWords,
  overGrid,
  peakOf,
  rowOf,
  smallMap,
  topKeys,
} from "../../src/panels/attention/weights";
import type { TrainingRecord } from "../../src/types";
import { series } from "../attributions/fixture";
import { array, attention, probe, record, sparse } from "./fixture";

function shownOf(record: TrainingRecord, hash: string): Shown {
  const [run] = indexRuns(series("r", [probe(), record]), ["r"]);
  const shown = shownIn(run, record, hash);
  assert.ok(!isAbsence(shown));
  return shown;
}

const rounded = (values: Iterable<number>) => [...values].map((value) => Number(value.toFixed(4)));

test("weights are counts times the scale of their row, without padding", () => {
  const map = headMap(shownOf(attention(0), "a"), 0, 1);
  assert.deepEqual([map.height, map.width, map.kept], [3, 3, null]);
  assert.deepEqual(rounded(rowOf(map, 2)), [0.3, 0.4, 0.5]);
  assert.equal(keptWords(map), null);
  assert.equal(keptWords({ ...map, values: Float32Array.of(0.5, Number.NaN) }), "not finite");
});

test("the second recorded sample is found by its place in the probe", () => {
  const map = headMap(shownOf(attention(0), "c"), 1, 0);
  assert.deepEqual(rounded(rowOf(map, 0)), [0.2, 0.3, 0.4, 0.5]);
});

test("what was not stored is no zero, and its share is said", () => {
  const map = headMap(shownOf(sparse(), "a"), 0, 0);
  // The third key of the first row is padding, beyond the real tokens.
  assert.deepEqual(rounded(rowOf(map, 0)), [0.7813, Number.NaN, Number.NaN]);
  assert.deepEqual(rounded(rowOf(map, 1)), [0.3906, 0.3906, Number.NaN]);
  assert.equal(keptWords(map), "top 2 of 3 per row, 85 % of the mass");
  assert.ok(Math.abs(peakOf(map) - 240 / 256) < 1e-6);
});

test("a row by itself is the row of the map", () => {
  for (const shown of [shownOf(attention(0), "c"), shownOf(sparse(), "a")]) {
    for (const query of [0, 1, 2]) {
      const row = rowOf(headMap(shown, 0, 0), query);
      assert.deepEqual(rounded(headRow(shown, 0, 0, query)), rounded(row));
    }
  }
});

test("the small map of a long sequence keeps the largest of what shares a cell", () => {
  const T = 300;
  const fields = { ...sparse().fields, lengths: [T] };
  const index = Int32Array.from({ length: T }, (_, q) => (q * 7) % T);
  const counts = Uint8Array.from({ length: T }, (_, q) => q % 251);
  const long = record("attention", 0, fields, {
    "map.0": array([1, 1, T, 1], counts),
    "map.0.scale": array([1, 1, T], new Float32Array(T).fill(1)),
    "index.0": array([1, 1, T, 1], index),
  });
  const shown = shownOf(long, "a");
  const small = smallMap(shown, 0, 0);
  assert.ok(small.height <= 128 && small.width <= 128);
  assert.equal(peakOf(small), peakOf(headMap(shown, 0, 0)));
  assert.equal(small.kept, 1);
  assert.equal(smallMap(shownOf(attention(0), "a"), 0, 0).height, 3);
});

test("the keys of the largest weights come first, those of none never", () => {
  assert.deepEqual(topKeys(Float32Array.from([0.1, 0, 0.6, Number.NaN, 0.3]), 2), [2, 4]);
});

test("over a picture the tokens before the grid are left out", () => {
  const row = headRow(shownOf(attention(0, [1, 2]), "a"), 0, 0, 1);
  const cells = overGrid(row, 1, [1, 2]);
  assert.deepEqual([cells.height, cells.width], [1, 2]);
  assert.deepEqual(rounded(cells.values), [0.2, 0.3]);
  assert.ok(Number.isNaN(overGrid(row, 2, [1, 2]).values[1]));
});

test("made smaller, a map keeps its largest weights; what is not stored has a colour of its own", () => {
  const ink = { table: Uint32Array.from({ length: 256 }, (_, i) => i), limit: 1, ground: 999 };
  const map = { height: 2, width: 4, values: Float32Array.from([0, 1, 0, 0.4, 0, 0, 0, 0]) };
  assert.deepEqual([...heatPixels(map, { height: 1, width: 2 }, ink)], [255, 102]);
  const blank = { height: 1, width: 2, values: Float32Array.from([Number.NaN, 0.2]) };
  assert.deepEqual([...heatPixels(blank, { height: 1, width: 2 }, ink)], [999, 51]);
});

test("zero is the paper: white on light, dark on dark", () => {
  assert.equal(paperTable("magma", false)[0], 0xffffffff);
  assert.equal(paperTable("magma", true)[0] & 0xffffff, 0x040000);
});

test("lines are as strong as their weight, and step back behind the token in focus", () => {
  const map = {
    height: 2,
    width: 2,
    values: Float32Array.from([0.5, 0.25, 0.001, 0.5]),
    kept: null,
  };
  const all = tokenLines(map, [0, 1], 0.5, null);
  assert.deepEqual(
    all.map(({ query, key, opacity }) => [query, key, opacity]),
    [
      [0, 1, 0.5],
      [0, 0, 1],
      [1, 1, 1],
    ],
  );
  const many = { height: 40, width: 40, values: new Float32Array(1600).fill(0.5), kept: null };
  assert.equal(tokenLines(many, [...Array(40).keys()], 0.5, null).length, 1000);
  const focused = tokenLines(map, [0, 1], 0.5, 0);
  assert.ok(focused.every(({ query, opacity }) => query === 0 || opacity < 0.2));
  assert.deepEqual(
    tokenLines(map, [1], 0.5, null).map(({ key }) => key),
    [1],
  );
});
