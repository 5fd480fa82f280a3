import assert from "node:assert/strict";
import { test } from "node:test";
import {
  alertGroups,
  alertsOf,
  isGrave,
  lastsAt,
  ruleStatistic,
  timesInWords,
} from "../../src/panels/layers/alerts";
import { bandsOf } from "../../src/panels/layers/bands";
import { evenly } from "../../src/panels/layers/counted";
import { deadUnits, unitsInWords } from "../../src/panels/layers/dead-units";
import { gridOf } from "../../src/panels/layers/grid";
import { layerTracksOf, silentGaps } from "../../src/panels/layers/tracks";
import { LAYERS, record, series, statistics, table, tableRecord } from "./fixture";

const LEVEL = { rollUp: "layers", depth: 1 } as const;

test("statistics stand beside the table they name; gaps are kept apart", () => {
  const gap = record("layer_statistics", 50, { gap: "out of memory", notes: ["a", "b"] });
  const [track] = layerTracksOf(
    series("run", [tableRecord(), statistics(0, {}), gap, statistics(100, {})]),
  );
  assert.deepEqual(
    track.readings.map(({ step }) => step),
    [0, 100],
  );
  assert.deepEqual(track.gaps, [gap]);
  assert.deepEqual(track.faults, []);
  assert.deepEqual(track.notes, ["a", "b"]);
});

test("a monitor that never recorded anything is named with its last reason", () => {
  const gaps = [0, 50].map((step) => record("layer_statistics", step, { gap: `why ${step}` }));
  const all = series("run", gaps);
  assert.deepEqual(layerTracksOf(all), []);
  assert.deepEqual(silentGaps(all), ["run, gradients, step 50: why 50"]);
  assert.deepEqual(silentGaps(series("run", [tableRecord(), statistics(0, {})])), []);
});

test("a record whose table is missing or does not fit is named, not drawn", () => {
  const records = [
    tableRecord(),
    statistics(0, {}, { rows: 2 }),
    statistics(50, {}, { digest: "?" }),
  ];
  const [track] = layerTracksOf(series("run", records));
  assert.equal(track.readings.length, 0);
  assert.equal(track.faults.length, 2);
});

test("a table that changes in mid-run joins its layers by name", () => {
  const later = ["stem.weight", "new.weight", "blocks.1.weight"];
  const [track] = layerTracksOf(
    series("run", [
      tableRecord(),
      tableRecord(later, "u"),
      statistics(0, { norm: [1, 2, 3, 4] }),
      statistics(50, { norm: [5, 6, 7] }, { rows: 3, digest: "u" }),
    ]),
  );
  const { rows, values } = gridOf(track, "norm", LEVEL);
  assert.deepEqual(rows, ["stem.weight", "new.weight", ...LAYERS.slice(1)]);
  assert.deepEqual([...values.slice(0, 2)], [1, 5]);
  assert.deepEqual([...values.slice(2, 4)], [Number.NaN, 6]);
  assert.deepEqual([...values.slice(-2)], [4, 7]);
});

test("without quantiles the spread is the mean and the deviation around it", () => {
  const [track] = layerTracksOf(
    series("run", [tableRecord(), statistics(0, { mean: [1], std: [0.5] })]),
  );
  const bands = bandsOf({ ...track, tables: track.tables }, LEVEL, "stem.weight");
  assert.equal(bands?.middleLabel, "median");
  const rolled = bandsOf(track, { rollUp: "blocks", depth: 1 }, "blocks");
  assert.equal(rolled?.middleLabel, "mean");
  assert.equal(rolled?.bands.length, 1);
});

function alert(step: number, raised: string[], cleared: string[] = [], since = step) {
  const entry = (layer: string) => ({
    rule: "vanishing",
    layer,
    value: 1,
    limit: "NaN",
    message: "m",
  });
  return record("alerts", step, {
    what: "gradients",
    raised: raised.map(entry),
    cleared: cleared.map((layer) => ({ rule: "vanishing", layer })),
    active: raised.map((layer) => ({ rule: "vanishing", layer, since })),
  });
}

test("alerts last from where they were raised to where they were cleared", () => {
  const found = alertsOf(series("run", [alert(50, ["a", "b"]), alert(100, ["a"], ["a"])]));
  assert.deepEqual(
    found.map(({ layer, step, cleared }) => [layer, step, cleared]),
    [
      ["a", 50, 100],
      ["b", 50, null],
      ["a", 100, null],
    ],
  );
  assert.ok(Number.isNaN(found[0].limit));
});

test("alerts that began together are told together", () => {
  const groups = alertGroups(
    alertsOf(series("run", [alert(50, ["a", "b", "c"]), alert(70, ["d"])])),
  );
  assert.deepEqual(
    groups.map(({ step, alerts }) => [step, alerts.map(({ layer }) => layer)]),
    [
      [50, ["a", "b", "c"]],
      [70, ["d"]],
    ],
  );
  assert.ok(isGrave("non_finite") && isGrave("exploding") && !isGrave("vanishing"));
});

test("an alert tells since when, and lasts from then on until it was cleared", () => {
  const found = alertsOf(series("run", [alert(50, ["a", "b"], [], 10), alert(100, [], ["a"])]));
  const at = (step: number) => found.filter((each) => lastsAt(each, step)).length;
  assert.deepEqual([9, 10, 50, 99, 100].map(at), [0, 2, 2, 2, 1]);
  const [group] = alertGroups(found);
  assert.equal(timesInWords(group), "since step 10 · raised at step 50");
  const over = { ...group, alerts: group.alerts.slice(0, 1) };
  assert.equal(timesInWords(over), "from step 10 · raised at step 50 · over at step 100");
  assert.equal(timesInWords({ ...group, since: 50 }), "since step 50");
});

test("a rule is shown by the statistic that it judges", () => {
  assert.equal(ruleStatistic("vanishing", "gradients"), "norm");
  assert.equal(ruleStatistic("exploding", "weights"), "update_to_weight");
  assert.equal(ruleStatistic("constant", "activations"), "sample_std");
  assert.equal(ruleStatistic("non_finite", "weights"), "nonfinite");
  assert.equal(ruleStatistic("non-finite", "gradients"), "nonfinite");
  assert.equal(ruleStatistic("constructor", "gradients"), null);
});

test("dead units are listed by row, as ranges", () => {
  const dead = Int32Array.of(2, 9, 1, 3, 1, 1, 1, 2);
  const reading = { step: 0, epoch: 0, table, values: new Float32Array(0), dead };
  const found = deadUnits(reading, { rollUp: "modules", depth: 1 });
  assert.deepEqual(found.get("blocks.0.fc"), [
    { name: "blocks.0.fc.weight", units: [1, 2, 3] },
    { name: "blocks.0.fc.bias", units: [9] },
  ]);
  assert.equal(unitsInWords([1, 2, 3, 7, 9, 10]), "1–3, 7, 9–10");
});

test("some of many records are spread evenly, with the last and the scrubbed one", () => {
  assert.deepEqual(evenly([0, 1, 2], 8, 1), [0, 1, 2]);
  assert.deepEqual(evenly([...Array(101).keys()], 3, 7), [0, 7, 50, 100]);
});
