import assert from "node:assert/strict";
import { test } from "node:test";
import { cellPixels, type Entry, pixelColumns } from "../../src/panels/layers/cells";
import { gridOf } from "../../src/panels/layers/grid";
import { placeOn, scaleOf, valueOn } from "../../src/panels/layers/scale";
import { layerTracksOf } from "../../src/panels/layers/tracks";
import { series, statistics, tableRecord } from "./fixture";

const SPAN = { from: 0, to: 4 };
const entries = (...places: number[]): Entry[] => places.map((place, index) => ({ place, index }));

test("a record holds until the next one, the last as long as the one before it", () => {
  const { first, last } = pixelColumns(entries(1, 2), SPAN, 8);
  assert.deepEqual([...first], [-1, -1, 0, 0, 1, 1, -1, -1]);
  assert.deepEqual(first, last);
});

test("a gap ends a record and shows nothing", () => {
  const { first } = pixelColumns(
    [
      { place: 0, index: 0 },
      { place: 1, index: -1 },
      { place: 2, index: 1 },
    ],
    SPAN,
    4,
  );
  assert.deepEqual([...first], [0, -1, 1, -1]);
});

test("where records are narrower than pixels each pixel knows all of its own", () => {
  const places = Array.from({ length: 40 }, (_, i) => i / 10);
  const { first, last } = pixelColumns(entries(...places), SPAN, 4);
  assert.ok([...first].every((record, x) => last[x] - record >= 9));
  assert.equal(last[3], 39);
});

test("every record is drawn at least one pixel wide", () => {
  const { first, last } = pixelColumns(entries(0, 3.999), { from: 0, to: 4 }, 4);
  assert.equal(last[3], 1);
  assert.equal(first[0], 0);
});

test("nothing is shown in a hole, and the record before it can be seen", () => {
  const holed = [
    { place: 0, index: 0, end: 0.01 },
    { place: 3, index: 1 },
  ];
  const { first } = pixelColumns(holed, SPAN, 16);
  assert.deepEqual([...first], [...[0, 0, 0], ...Array(9).fill(-1), 1, ...Array(3).fill(-1)]);
});

test("a hole that is too narrow to be seen does not part records", () => {
  const holed = [0, 1, 2, 3].map((place, index) => ({ place, index, end: place + 0.1 }));
  assert.ok(!pixelColumns(holed, SPAN, 20).first.slice(0, 15).includes(-1));
  assert.equal(pixelColumns(holed, SPAN, 24).first.indexOf(-1), 3);
});

test("no pixel is left out where wider records follow narrow ones", () => {
  const { first } = pixelColumns(entries(0, 0.6, 1.2, 1.8, 2.6, 4), { from: 0, to: 5.4 }, 5);
  assert.ok(!first.includes(-1));
});

const [track] = layerTracksOf(
  series("run", [
    tableRecord(),
    statistics(0, { norm: [1, 10, Number.NaN, 100] }),
    statistics(50, { norm: [2, Infinity, 5, 50], nonfinite: [0, 3, 0, 0] }),
    statistics(100, { norm: [4, Number.NaN, 5, 50], nonfinite: [0, 3, 0, 0] }),
  ]),
);
const grid = gridOf(track, "norm", { rollUp: "layers", depth: 1 });

test("a grid holds a statistic by row and record", () => {
  assert.deepEqual([...grid.values.slice(0, 3)], [1, 2, 4]);
  assert.deepEqual([...grid.values.slice(3, 6)], [10, Infinity, Infinity]);
  assert.ok(Number.isNaN(grid.values[6]));
});

test("a grid of modules rolls its parameters up", () => {
  const modules = gridOf(track, "norm", { rollUp: "modules", depth: 1 });
  assert.deepEqual(modules.rows, ["stem", "blocks.0.fc", "blocks.1"]);
  assert.deepEqual([...modules.values.slice(3, 6)], [10, Infinity, Infinity]);
});

const PALETTE = {
  colours: Uint32Array.from({ length: 256 }, (_, i) => i + 1000),
  nonfinite: 7,
  blank: 9,
};

test("pixels tell values, what is not finite, not defined and not recorded apart", () => {
  const columns = { first: Int32Array.of(-1, 0, 1), last: Int32Array.of(-1, 0, 1) };
  const scale = { logarithmic: true, signed: false, low: 1, high: 100 };
  const rows = ["stem.weight", "blocks.0.fc.weight", "blocks.0.fc.bias", "unknown"];
  const pixels = cellPixels(grid, rows, columns, scale, PALETTE);
  assert.deepEqual([...pixels.slice(0, 2)], [9, 1000]);
  assert.deepEqual([...pixels.slice(3, 6)], [9, 1128, 7]);
  assert.equal(pixels[7], 0);
  assert.deepEqual([...pixels.slice(9)], [9, 0, 0]);
});

test("of several records under a pixel the largest magnitude is seen", () => {
  const columns = { first: Int32Array.of(0), last: Int32Array.of(2) };
  const scale = { logarithmic: false, signed: false, low: 0, high: 4 };
  const pixels = cellPixels(grid, ["stem.weight", "blocks.0.fc.weight"], columns, scale, PALETTE);
  assert.deepEqual([...pixels], [1255, 7]);
});

test("scales hold all finite values and leave out what is none", () => {
  const values = [Float32Array.of(Number.NaN, -1, 3, Infinity)];
  assert.deepEqual(scaleOf(values, "linear", false), {
    logarithmic: false,
    signed: true,
    low: -3,
    high: 3,
  });
  const fractions = scaleOf([Float32Array.of(0, 0.25)], "fraction", false);
  assert.deepEqual([fractions.low, fractions.high], [0, 1]);
  const log = scaleOf([Float32Array.of(0, 1e-3, 10)], "log", true);
  assert.deepEqual([Math.fround(1e-3), 10], [log.low, log.high]);
  const empty = scaleOf([Float32Array.of(Number.NaN)], "log", true);
  assert.ok(empty.low < empty.high);
});

test("one stray tiny value does not flatten a logarithmic scale", () => {
  const values = new Float32Array(1000).fill(1);
  values[500] = 1e-30;
  values[3] = 1000;
  assert.equal(scaleOf([values], "log", true).low, 1);
});

test("places on a scale and back", () => {
  for (const scale of [
    { logarithmic: true, signed: false, low: 1e-4, high: 10 },
    { logarithmic: false, signed: false, low: 0, high: 5 },
    { logarithmic: false, signed: true, low: -2, high: 2 },
    { logarithmic: true, signed: true, low: -2, high: 2 },
  ]) {
    for (const place of [0, 0.2, 0.7, 1]) {
      assert.ok(Math.abs(placeOn(scale, valueOn(scale, place)) - place) < 1e-9);
    }
    assert.equal(placeOn(scale, 1e9), 1);
  }
  assert.equal(placeOn({ logarithmic: true, signed: true, low: -2, high: 2 }, 0), 0.5);
});
