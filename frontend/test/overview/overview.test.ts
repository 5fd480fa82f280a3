import assert from "node:assert/strict";
import { test } from "node:test";
import { curvesOf, spanOf } from "../../src/panels/overview/curves";
import { correctOf, rowsOf, sortRows, visibleRows } from "../../src/panels/overview/rows";
import { median, rhythmsInWords, summaryOf } from "../../src/panels/overview/summary";
import { topScores, tracksOf } from "../../src/predictions";
import { probesOf, samplesOf } from "../../src/samples";
import type { Series, TrainingRecord } from "../../src/types";

const HASHES = ["h0", "h1"];

function series(run: string, kind: string, records: Partial<TrainingRecord>[]): Series {
  const full = records.map((record, i) => ({
    kind,
    monitor: "gradcam",
    step: 0,
    epoch: -1,
    written: i + 1,
    wallTime: 60 * i,
    fields: {},
    arrays: {},
    ...record,
  }));
  return {
    run,
    tag: `gradcam/${kind}`,
    kind,
    monitor: "gradcam",
    records: full,
    written: full.length,
    unloaded: [],
    unreadable: [],
  };
}

function probe(run: string, hashes = HASHES): Series {
  const fields = {
    digest: "d",
    hashes,
    names: hashes.map((_, n) => `${n}`),
    class_names: ["Bag", "Shirt"],
  };
  const arrays = { labels: { shape: [2], data: new Int32Array([0, 1]) } };
  return series(run, "probe", [{ fields, arrays }]);
}

/** Predictions of two samples: `scores[n]` is the score of the sample's label. */
function predictions(step: number, epoch: number, scores: [number, number], fields = {}) {
  const classes = scores.flatMap((score, n) => (score >= 0.5 ? [n, 1 - n] : [1 - n, n]));
  const tops = scores.flatMap((score) => [Math.max(score, 1 - score), Math.min(score, 1 - score)]);
  return {
    step,
    epoch,
    fields: {
      probe: "d",
      activation: "softmax",
      cost_ms: 10,
      overhead: 0.01,
      every: "every epoch",
      weights: "raw",
      notes: [],
      gap: null,
      ...fields,
    },
    arrays: {
      classes: { shape: [2, 2], data: new Int32Array(classes) },
      scores: { shape: [2, 2], data: new Float32Array(tops) },
      label_score: { shape: [2], data: new Float32Array(scores) },
      loss: { shape: [2], data: new Float32Array(scores.map((score) => -Math.log(score))) },
    },
  };
}

const ALL = [
  probe("a"),
  series("a", "predictions", [predictions(0, -1, [0.25, 0.75]), predictions(40, 0, [0.75, 0.75])]),
  // The same samples in another order: they line up by hash.
  probe("b", ["h1", "h0"]),
  series("b", "predictions", [
    predictions(0, -1, [0.5, 0.25]),
    { step: 20, epoch: 0, fields: { gap: "out of memory", notes: ["slow"] }, arrays: {} },
  ]),
];
const PROBES = probesOf(ALL);
const TRACKS = tracksOf(ALL, PROBES);
const table = (step: number) => rowsOf(samplesOf(PROBES), ["a", "b"], TRACKS, () => step);

test("samples of several runs line up by content hash", () => {
  assert.deepEqual(
    samplesOf(PROBES).map(({ hash }) => hash),
    HASHES,
  );
  const scores = table(0).map(({ cells }) => cells.map((cell) => cell?.prediction.labelScore));
  assert.deepEqual(scores, [
    [0.25, 0.25],
    [0.75, 0.5],
  ]);
});

test("a run keeps its newest prediction at or before the scrubber", () => {
  assert.equal(table(30)[0].cells[0]?.prediction.labelScore, 0.25);
  assert.equal(table(40)[0].cells[0]?.prediction.labelScore, 0.75);
});

test("filters ask for wrong and for just changed predictions", () => {
  const hashes = (rows: ReturnType<typeof visibleRows>) => rows.map(({ sample }) => sample.hash);
  assert.deepEqual(hashes(visibleRows(table(0), "wrong")), ["h0"]);
  assert.deepEqual(hashes(visibleRows(table(0), "changed")), []);
  assert.deepEqual(hashes(visibleRows(table(40), "changed")), ["h0"]);
});

test("rows sort by lowest score, by disagreement and by label", () => {
  const first = (sort: "score" | "spread" | "label") => sortRows(table(40), sort)[0].sample.hash;
  assert.deepEqual([first("score"), first("spread"), first("label")], ["h0", "h0", "h0"]);
  assert.equal(sortRows(table(0), "spread")[0].sample.hash, "h1");
});

test("right predictions are counted of the labelled ones", () => {
  assert.deepEqual(correctOf(table(40), "a"), { right: 2, labelled: 2 });
});

test("top scores stop at the samples there are", () => {
  assert.deepEqual(
    topScores(TRACKS[0].records[1], 0).map(({ index }) => index),
    [0, 1],
  );
  assert.deepEqual(topScores(TRACKS[0].records[1], 9), []);
});

test("a summary adds up cost, and names gaps", () => {
  const summary = summaryOf("a", ALL, []);
  assert.deepEqual([summary?.costMedian, summary?.costTotal, summary?.overhead], [10, 20, 0.01]);
  assert.deepEqual(summaryOf("b", ALL, [])?.steps, [0]);
  const gaps = summaryOf("b", ALL, [])?.gaps;
  assert.deepEqual(gaps, [{ step: 20, epoch: 0, monitor: "gradcam", reason: "out of memory" }]);
  assert.deepEqual(summaryOf("b", ALL, [])?.notes, ["gradcam: slow"]);
  assert.equal(summaryOf("none", ALL, []), null);
});

test("a summary names every monitor, what it counts and what it does not", () => {
  const listed = ["predictions", "cam", "layer_table", "layer_statistics"].map((kind, i) => ({
    kind,
    monitor: i < 2 ? "gradcam" : "gradients",
  }));
  const summary = summaryOf("a", ALL, listed);
  assert.deepEqual(summary?.monitors, ["gradcam", "gradients"]);
  assert.deepEqual(summary?.counted, ["predictions"]);
  assert.deepEqual(summary?.uncounted, ["cam", "layer statistics"]);
});

test("records that a monitor was told not to keep are counted", () => {
  const kept = [0, 1, 99].map((i) => ({
    ...predictions(40 * i, i - 1, [0.5, 0.5], { keep: "the first and the last 2" }),
    written: i + 1,
  }));
  const summary = summaryOf("a", [series("a", "predictions", kept)], []);
  assert.deepEqual(
    [summary?.records, summary?.gone, Math.round(summary?.costTotal ?? 0)],
    [3, 97, 1000],
  );
});

test("the median of an even count is the mean of the middle two", () => {
  assert.deepEqual([median([3, 1, 2]), median([4, 1, 2, 3]), median([])], [2, 2.5, Number.NaN]);
});

test("curves use the whole height for probabilities and share one axis", () => {
  const positions = [0, 20, 40];
  const timeline = { positions, placeOf: (_: string, step: number) => step };
  const [a] = curvesOf(table(40)[0], spanOf(timeline, 20));
  assert.deepEqual(a.points, [
    [0, 0.25],
    [1, 0.75],
  ]);
  assert.equal(spanOf(timeline, 20).here, 0.5);
});

test("rhythms of one unit are told in one breath, the densest first", () => {
  assert.equal(rhythmsInWords([]), "");
  assert.equal(rhythmsInWords(["every epoch"]), "every epoch");
  assert.equal(rhythmsInWords(["every 5 epochs"]), "every 5 epochs");
  assert.equal(
    rhythmsInWords(["every 10 epochs", "every epoch", "every 50 steps", "every 2 epochs"]),
    "every 1, 2 and 10 epochs, every 50 steps",
  );
  const log = "20 log-spaced records per decade of steps";
  assert.equal(rhythmsInWords([log, "every step"]), `every step, ${log}`);
});
