import assert from "node:assert/strict";
import { test } from "node:test";
import { meansOf } from "../../../src/panels/attributions/global/ofProbe";
import { partnerOf, scatterOf } from "../../../src/panels/attributions/global/scatter";
import type { FeatureMeans } from "../../../src/panels/attributions/global/summary";
import { pointNear, swarmOf } from "../../../src/panels/attributions/global/swarm";
import { array } from "../fixture";

const PLACE = { rowHeight: 26, x: (value: number) => 100 + 50 * value };

test("points lie at their attribution, in the row of their feature", () => {
  const attributions = Float32Array.of(0, 1, 2, 3); // two samples of two features
  const input = { attributions, values: null, count: 2, width: 2, rows: [1, 0] };
  const { x, y, sample, feature, shade } = swarmOf(input, PLACE);
  assert.deepEqual([...x], [150, 250, 100, 200]);
  assert.deepEqual([...y], [13, 13, 39, 39]);
  assert.deepEqual([...sample], [0, 1, 0, 1]);
  assert.deepEqual([...feature], [1, 1, 0, 0]);
  assert.ok(shade.every(Number.isNaN));
});

test("equal values spread around the middle of their row, none on another, none outside", () => {
  for (const count of [5, 500]) {
    const input = { attributions: new Float32Array(count), values: null, count, width: 1 };
    const { y } = swarmOf({ ...input, rows: [0] }, PLACE);
    assert.equal(new Set(y).size, count);
    assert.ok(y.every((place) => place > 0 && place < PLACE.rowHeight));
  }
});

test("shades are ranks, so that an outlier leaves the others their colours", () => {
  const values = Float32Array.of(3, 1e9, 1, 3, Number.NaN);
  const input = { attributions: new Float32Array(5), values, count: 5, width: 1, rows: [0] };
  const { shade } = swarmOf(input, PLACE);
  assert.deepEqual([...shade], [0.5, 1, 0, 0.5, Number.NaN]);
});

test("the nearest point is hit, one too far away is not", () => {
  const points = { x: Float32Array.of(10, 14), y: Float32Array.of(10, 10) };
  assert.equal(pointNear(points, 13, 11), 1);
  assert.equal(pointNear(points, 40, 10), -1);
});

const feature = (name: string, categories: string[] | null = null) => {
  return { name, unit: null, categories };
};

const TABLE: FeatureMeans = {
  features: [feature("housing", ["own", "rent"]), feature("age"), feature("job")],
  meanAbs: Float32Array.of(1, 1, 1),
  ...{ low: null, high: null, mean: null, meanLow: null, meanHigh: null },
  swarm: array([2, 3], Float32Array.of(-1, 0, 0, 1, 0, 0)),
  values: array([2, 3], Float32Array.of(0, 20, 5, 1, 60, 5)),
  interaction: array([3, 3], Float32Array.of(0, 0.6, 0.1, 0, 0, 0, 0, 0, 0)),
};
const BOX = { left: 0, top: 0, right: 100, bottom: 100 };

test("a category's points stay within its column", () => {
  const scatter = scatterOf(TABLE, 0, 1, BOX);
  assert.ok(scatter);
  const { x, y, shade, categories } = scatter;
  assert.deepEqual(categories, ["own", "rent"]);
  assert.ok(x[0] > 0 && x[0] < 50 && x[1] > 50 && x[1] < 100);
  assert.ok(y[0] > y[1]); // against is below for
  assert.ok(shade[0] < 0.1 && shade[1] > 0.9);
});

test("a feature's partner is the one it interacts with most", () => {
  assert.equal(partnerOf(TABLE, 0)?.feature, 1);
  assert.equal(partnerOf(TABLE, 1), null);
  assert.equal(partnerOf({ ...TABLE, interaction: null }, 0), null);
});

test("without the samples there is no dependence to draw", () => {
  assert.equal(scatterOf({ ...TABLE, values: null }, 0, 1, BOX), null);
});

test("means of a probe have intervals by the normal law", () => {
  const data = [1, 0, -3, 0]; // two samples of two features
  const { meanAbs, low, high, mean, meanLow, meanHigh } = meansOf(data, 2, 2);
  assert.deepEqual([...meanAbs], [2, 0]);
  const reach = 1.96 * Math.sqrt(2 / 2);
  assert.ok(Math.abs(high[0] - (2 + reach)) < 1e-6 && Math.abs(low[0] - (2 - reach)) < 1e-6);
  assert.deepEqual([...mean], [-1, 0]);
  assert.ok(meanLow[0] < -1 && meanHigh[0] > 0);
});
