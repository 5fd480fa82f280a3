import assert from "node:assert/strict";
import { test } from "node:test";
import { modelOf } from "../../../src/panels/attributions/model";
import { HEADER, rowsOf } from "../../../src/panels/attributions/series/csv";
import {
  channelSums,
  overChannels,
  pointsOf,
  pointWords,
  rangeOf,
  signalOf,
} from "../../../src/panels/attributions/series/signals";
import { array, contextOf, series } from "../fixture";
import { attribution, probeOf } from "./fixture";

const SIGNALS = Float32Array.from([0, 1, 2, 3, 4, 4, 4, 4, 9, 9, 9, 9, 9, 9, 9, Number.NaN]);
const probe = probeOf("series", { shape: [2, 8] }, { signals: array([2, 2, 4], SIGNALS) });
// Two channels of two cells, each cell the sum over four points.
const map = attribution("series", [10, 0], [2, 2], [1, -2, 0.5, 0, 0, 0, 0, 0]);
const model = modelOf(contextOf(series("a", [probe, map]), 10), "series");
const [source] = model.tracks.value[0].sources;

test("a sample's signal is cut from those of all", () => {
  assert.ok("probe" in source);
  const signal = signalOf(source.probe, 0);
  assert.deepEqual([...(signal?.values ?? [])], [0, 1, 2, 3, 4, 4, 4, 4]);
  assert.deepEqual([signal?.channels, signal?.length], [2, 4]);
});

test("a channel is drawn over its range, however flat or broken it is", () => {
  const signal = { values: SIGNALS, channels: 4, length: 4 };
  assert.deepEqual(rangeOf(signal, 0), [0, 3]);
  assert.deepEqual(rangeOf(signal, 1), [3.5, 4.5]);
  assert.deepEqual(rangeOf(signal, 3), [8.5, 9.5]);
  assert.deepEqual(
    rangeOf({ ...signal, values: new Float32Array(16).fill(Number.NaN) }, 0),
    [0, 1],
  );
});

test("a cell names the points that it is the sum of", () => {
  assert.ok("probe" in source);
  const points = pointsOf(source.probe, 2);
  assert.equal(points, 8);
  assert.equal(pointWords(1, 2, points), "points 4 to 7");
  assert.equal(pointWords(3, 8, points), "point 3");
});

test("channels are summed over time, and points over channels", () => {
  const values = Float32Array.from([1, -2, 0.5, 0]);
  assert.deepEqual(channelSums(values, 2, 2), [
    { channel: 0, sum: -1, size: 3 },
    { channel: 1, sum: 0.5, size: 0.5 },
  ]);
  assert.deepEqual([...overChannels(values, 2, 2)], [1.5, -2]);
});

test("a table has a row for every channel and cell, by the cell's first point", () => {
  const rows = [...rowsOf(model)].map((row) => new Map(HEADER.map((name, i) => [name, row[i]])));
  assert.equal(rows.length, 8);
  assert.deepEqual(
    [rows[1].get("channel"), rows[1].get("first_point"), rows[1].get("value")],
    [0, 4, -2],
  );
});
