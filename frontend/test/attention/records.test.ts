import assert from "node:assert/strict";
import { test } from "node:test";
import { checkAttention, checkAttentionStatistics } from "../../src/kinds/attention";
import { headRows } from "../../src/panels/attention/csv";
import { finiteMean, headLines, headValues } from "../../src/panels/attention/headLines";
import { indexRuns, isAbsence, recordedSamples, shownAt } from "../../src/panels/attention/records";
import type { TrainingRecord } from "../../src/types";
import { series } from "../attributions/fixture";
import { array, attention, probe, record, sparse, statistics } from "./fixture";

const runOf = (...records: TrainingRecord[]) =>
  indexRuns(series("r", [probe(), ...records]), ["r"])[0];

test("the newest map at or before the scrubber is shown", () => {
  const run = runOf(attention(10), attention(20));
  const shown = shownAt(run, "a", 15);
  assert.ok(!isAbsence(shown));
  assert.equal(shown.record.step, 10);
  assert.deepEqual(shown.tokens?.slice(0, 2), ["[CLS]", "free"]);
});

test("a sample without a map, and a moment before all maps, say so", () => {
  const run = runOf(attention(10));
  assert.deepEqual(shownAt(run, "b", 10), {
    reason: "This run recorded no attention for the sample.",
  });
  assert.deepEqual(shownAt(run, "a", 5), { reason: "No map is on record up to here." });
});

test("a gap is shown from its moment on until the next map", () => {
  const gap = record("attention", 20, { gap: "RuntimeError: no heads" });
  const run = runOf(attention(10), gap, attention(30));
  assert.deepEqual(shownAt(run, "a", 25), { reason: "RuntimeError: no heads" });
  assert.ok(!isAbsence(shownAt(run, "a", 30)));
});

test("the samples that have maps are listed in the order of the probe", () => {
  assert.deepEqual(recordedSamples([runOf(attention(10), attention(20))]), ["a", "c"]);
});

test("runs that recorded no attention are left out", () => {
  assert.deepEqual(indexRuns(series("r", [probe()]), ["r"]), []);
});

test("a head's statistics are found by its layer's name", () => {
  assert.deepEqual([...(headValues(statistics(10), "entropy", "blocks.1.attn") ?? [])], [12]);
  assert.equal(headValues(statistics(10), "entropy", "elsewhere"), null);
  assert.equal(finiteMean([1, Number.NaN, 3]), 2);
});

test("a run has a line for the head and one for the mean of its layer", () => {
  const run = runOf(statistics(0), statistics(10));
  const lines = headLines([run], { layer: "blocks.0.attn", head: 1 }, "entropy", {
    along: (_, steps) => ({ x: steps.map((step) => step / 10) }),
    colourOf: () => "#102030",
  });
  assert.deepEqual(
    lines.map(({ x, y }) => [x, y]),
    [
      [
        [0, 1],
        [1, 11],
      ],
      [
        [0, 1],
        [0.5, 10.5],
      ],
    ],
  );
  assert.equal(lines[1].colour, "#10203070");
});

test("the table has a row for every head of every record", () => {
  const rows = [...headRows([runOf(statistics(10))])];
  assert.deepEqual(rows.at(-1), ["r", 1, 10, "blocks.1.attn", 0, 12, 102, 2]);
  assert.equal(rows.length, 3);
});

test("well-formed records and gaps are taken", () => {
  for (const good of [attention(0), attention(0, [1, 2]), sparse()]) {
    assert.equal(checkAttention(good), null);
  }
  assert.equal(checkAttentionStatistics(statistics(0)), null);
  assert.equal(checkAttention(record("attention", 0, { gap: "why" })), null);
});

test("hostile records are refused, with what is wrong", () => {
  const good = attention(0);
  const fields = (change: object) => ({ ...good, fields: { ...good.fields, ...change } });
  const arrays = (change: object) => ({ ...good, arrays: { ...good.arrays, ...change } });
  const far = array([1, 1, 4, 2], Int32Array.from([0, 9, 0, 0, 0, 0, 0, 0]));
  const wrong: [TrainingRecord, RegExp][] = [
    [fields({ lengths: [3] }), /index and length/],
    [fields({ prefix: -1 }), /before the grid/],
    [fields({ grid: [0, 2] }), /grid is not/],
    [fields({ layers: "all" }), /lists no layers/],
    [fields({ layers: [{ name: "x", heads: "2", source: "" }] }), /not described/],
    [fields({ layers: [...(good.fields.layers as []), null] }), /not described/],
    [arrays({ "map.1": undefined }), /map.1 is not/],
    [arrays({ "map.0": array([2, 2, 4, 4], new Int32Array(64)) }), /wrong type/],
    [arrays({ "map.0.scale": array([1], new Float32Array(1)) }), /map.0.scale has shape/],
    [arrays({ rollout: array([1, 4], new Float32Array(4)) }), /rollout has shape/],
    [{ ...sparse(), arrays: { ...sparse().arrays, "index.0": far } }, /no token|there is not/],
  ];
  for (const [bad, words] of wrong) assert.match(checkAttention(bad) ?? "", words);
  const short = { ...statistics(0), arrays: { entropy: array([2, 2], new Float32Array(4)) } };
  assert.match(checkAttentionStatistics(short) ?? "", /distance is missing/);
});
