import assert from "node:assert/strict";
import { test } from "node:test";
import { checkKind } from "../../src/kinds";
import type { TrainingRecord } from "../../src/types";
import { array, record, statistics, tableRecord } from "./fixture";

const LAYER = { name: "a", type: "T", shape: [1], size: 1 };
const STATISTIC = { name: "norm", label: "l", unit: "", scale: "log", rollup: "sum" };

function tableWith(change: Record<string, unknown>): TrainingRecord {
  return record("layer_table", 0, { ...tableRecord().fields, ...change });
}

function histograms(ends: number[], bins: number[], fields: Record<string, unknown> = {}) {
  return record(
    "layer_histograms",
    0,
    { table: "t", what: "weights", mantissa_bits: 0, ...fields },
    {
      bins: array([bins.length], Uint8Array.from(bins)),
      ends: array([ends.length], Int32Array.from(ends)),
    },
  );
}

function dead(units: number[]): TrainingRecord {
  const { fields, arrays } = statistics(0, {});
  const list = array([units.length / 2, 2], Int32Array.from(units));
  return record("layer_statistics", 0, fields, { ...arrays, dead: list });
}

const ALERT = { rule: "r", layer: "l", value: 1, limit: "NaN", message: "m" };
const alerts = (change: Record<string, unknown>) =>
  record("alerts", 0, { what: "weights", raised: [], cleared: [], active: [], ...change });
const maps = (entry: unknown) =>
  record("feature_maps", 0, { probe: "p", samples: [0], maps: [entry] });

const FINE: Record<string, TrainingRecord> = {
  table: tableRecord(),
  "a table without rows": tableWith({ layers: [], statistics: [] }),
  statistics: statistics(0, {}),
  "statistics with dead units": dead([0, 7, 3, 0]),
  "a gap": record("layer_statistics", 0, { gap: "why" }),
  histograms: histograms([0, 2], [5, 1]),
  alerts: alerts({ raised: [ALERT], active: [{ rule: "r", layer: "l", since: 3 }] }),
};

for (const [name, fine] of Object.entries(FINE)) {
  test(`${name} can be drawn`, () => assert.equal(checkKind(fine), null));
}

const HOSTILE: Record<string, TrainingRecord> = {
  "a table without a digest": tableWith({ digest: 3 }),
  "a table of what is not known": tableWith({ what: "constructor" }),
  "a table whose layers are text": tableWith({ layers: "abc" }),
  "a layer that is null": tableWith({ layers: [null] }),
  "a layer of a negative size": tableWith({ layers: [{ ...LAYER, size: -1 }] }),
  "a layer whose shape is text": tableWith({ layers: [{ ...LAYER, shape: "12" }] }),
  "a layer named twice": tableWith({ layers: [LAYER, LAYER] }),
  "a statistic of an unknown scale": tableWith({
    statistics: [{ ...STATISTIC, scale: "toString" }],
  }),
  "a statistic with an unknown rule": tableWith({ statistics: [{ ...STATISTIC, rollup: "eval" }] }),
  "a rule that leads back to itself": tableWith({
    statistics: [{ ...STATISTIC, rollup: ["ratio", "norm", "norm"] }],
  }),
  "a rule of what is not there": tableWith({
    statistics: [{ ...STATISTIC, rollup: ["deviation", "mean"] }],
  }),
  "statistics without values": record("layer_statistics", 0, { table: "t", what: "weights" }),
  "statistics without a table": record("layer_statistics", 0, { gap: null }),
  "dead units in no layer": dead([4, 0]),
  "dead units below zero": dead([0, -1]),
  "histograms that overlap": histograms([2, 1], [5, 1]),
  "histograms beyond the end": histograms([9], [5, 1]),
  "histograms that are cut off": histograms([1], [5, 1]),
  "histograms of fractional bits": histograms([2], [5, 1], { mantissa_bits: 0.5 }),
  "histograms of too many bits": histograms([2], [5, 1], { mantissa_bits: 40 }),
  "maps that are null": maps(null),
  "maps without an array": maps({ array: "m", layer: "l", channels: [0], signed: true }),
  "filters without arrays": record("filters", 0, { layer: "l", channels: [0] }),
  "filters of negative channels": record("filters", 0, { layer: "l", channels: [-1] }),
  "alerts that are null": alerts({ raised: [null] }),
  "alerts without a list": alerts({ active: {} }),
  "an alert whose value is text": alerts({ raised: [{ ...ALERT, value: "<b>" }] }),
  "an alert since a text": alerts({ active: [{ rule: "r", layer: "l", since: "0" }] }),
};

for (const [name, hostile] of Object.entries(HOSTILE)) {
  test(`${name}: refused with a reason`, () => {
    assert.equal(typeof checkKind(hostile), "string");
  });
}
