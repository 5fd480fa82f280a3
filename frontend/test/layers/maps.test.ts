import assert from "node:assert/strict";
import { test } from "node:test";
import { pack } from "../../src/maps/colormaps";
import {
  featureSheet,
  filterSheet,
  mappedLayers,
  mappedSamples,
  nearestMapped,
} from "../../src/panels/layers/maps";
import { tilePixels, tileValue } from "../../src/panels/layers/tile";
import { probesOf } from "../../src/samples";
import { COAT, probe, SHIRT } from "../attributions/fixture";
import { array, record, series } from "./fixture";

function maps(step: number, channels: number[], values: number[]) {
  const K = channels.length;
  return record(
    "feature_maps",
    step,
    {
      probe: "p",
      samples: [1],
      maps: [{ array: "map.0", layer: "stem.act", channels, signed: false }],
    },
    {
      "map.0": array([1, K, 1, 2], Uint8Array.from(values)),
      "map.0.scale": array([1, K], new Float32Array(K).fill(0.5)),
    },
  );
}

const RUN = [
  ...series("run", [maps(0, [3, 5], [1, 2, 3, 4]), maps(50, [5], [200, 6])]),
  ...series("run", [probe()]),
];
const PROBES = probesOf(RUN);

test("maps of one sample line up by channel, on a scale for each channel", () => {
  assert.deepEqual(mappedLayers(RUN, "run"), ["stem.act"]);
  assert.deepEqual(mappedSamples(RUN, "run", PROBES), [COAT]);
  const { channels, rows, limits } = featureSheet(RUN, "run", PROBES, "stem.act", COAT);
  assert.deepEqual(channels, [3, 5]);
  assert.deepEqual(limits, [1, 100]);
  assert.equal(rows[1].tiles[0], null);
  assert.deepEqual(rows[1].tiles[1] && tileValue(rows[1].tiles[1], 0.9, 0.1), [3]);
  assert.equal(featureSheet(RUN, "run", PROBES, "stem.act", SHIRT).rows.length, 0);
});

test("a layer without maps is shown by the nearest one that has some", () => {
  const mapped = ["stem.act", "blocks.1"];
  const order = ["stem.weight", "blocks.0.fc", "blocks.1.fc", "head"];
  assert.equal(nearestMapped(mapped, "stem.act", order), "stem.act");
  assert.equal(nearestMapped(mapped, "stem.weight", order), "stem.act");
  assert.equal(nearestMapped(mapped, "blocks.0.fc", order), "blocks.1");
  assert.equal(nearestMapped([], "head", order), null);
});

function filters(data: Int8Array, planes: number) {
  return record(
    "filters",
    0,
    { layer: "stem", channels: [0] },
    { filters: array([1, planes, 1, 2], data), "filters.scale": array([1], Float32Array.of(1)) },
  );
}

test("filters of three inputs are colours in which grey is zero", () => {
  const sheet = filterSheet(
    series("run", [filters(Int8Array.of(0, 127, 0, -127, 0, 0), 3)]),
    "run",
  );
  const [tile] = sheet?.rows[0].tiles ?? [];
  assert.ok(tile);
  assert.deepEqual([...tilePixels(tile, 127, false)], [pack([128, 128, 128]), pack([255, 0, 128])]);
  assert.deepEqual(tileValue(tile, 0.9, 0.1), [127, -127, 0]);
  assert.equal(tileValue(tile, 0.9, 0.9), null);
});

test("filters of other inputs are drawn as their mean", () => {
  const sheet = filterSheet(series("run", [filters(Int8Array.of(2, 0, 4, 0), 2)]), "run");
  const [tile] = sheet?.rows[0].tiles ?? [];
  assert.ok(tile);
  const [left, right] = tilePixels(tile, 4, false);
  assert.notEqual(left, right);
  assert.equal(filterSheet([], "run"), null);
});
