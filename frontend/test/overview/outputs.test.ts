import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOutputs } from "../../src/kinds/outputs";
import { confidences, reliability, shortCount } from "../../src/panels/overview/calibration";
import { confusion, mostConfused } from "../../src/panels/overview/confusion";
import { INNER } from "../../src/panels/overview/drawing";
import {
  measureLines,
  measureOf,
  measureRows,
  measuresIn,
  outputsOf,
} from "../../src/panels/overview/measures";
import { jointMap, residualHistogram } from "../../src/panels/overview/residuals";
import { summaryOf } from "../../src/panels/overview/summary";
import type { NamedArray, TrainingRecord } from "../../src/types";
import { series } from "../attributions/fixture";

const array = (shape: number[], data: NamedArray["data"]): NamedArray => ({ shape, data });
const floats = (...values: number[]) => array([values.length], Float32Array.from(values));
const ints = (shape: number[], ...values: number[]) => array(shape, Int32Array.from(values));

function record(fields: object, arrays: TrainingRecord["arrays"], step = 10): TrainingRecord {
  const common = { kind: "outputs", monitor: "outputs", epoch: 0, written: 1, wallTime: 0 };
  const stated = { samples: 6, class_names: null, gap: null, ...fields };
  return { ...common, step, fields: stated, arrays };
}

const CLASSES = record(
  {
    task: "classification",
    class_names: ["cat", "dog"],
    measures: { accuracy: 0.5, nll: "Infinity" },
  },
  {
    bin_count: ints([2], 0, 6),
    bin_confidence: floats(Number.NaN, 0.75),
    bin_accuracy: floats(Number.NaN, 0.5),
    confidence: ints([2, 2], 0, 3, 0, 3),
    confusion: ints([2, 2], 1, 2, 1, 2),
  },
);

const NUMBERS = record(
  { task: "regression", measures: { mae: 0.5 } },
  {
    edges: floats(-1, 0, 1),
    residuals: ints([2], 4, 2),
    residual_quantiles: floats(-0.9, -0.5, -0.25, 0.25, 0.5),
    truth_edges: floats(0, 2, 4),
    joint: ints([2, 2], 3, 0, 1, 2),
  },
);

/** Shares of a whole drawing for shares of its inner part. */
const at = (x: number, y: number): [number, number] => [
  INNER.left + x * (INNER.right - INNER.left),
  INNER.top + y * (INNER.bottom - INNER.top),
];

test("a bin says its samples, their mean confidence and how many are right", () => {
  const drawing = reliability(CLASSES);
  assert.equal(drawing.at(...at(0.2, 0.5)), "confidence 0 to 0.50: no sample");
  const full = "confidence 0.50 to 1.00: 6 samples, mean 0.75, 50 % right";
  assert.equal(drawing.at(...at(0.9, 0.5)), full);
  assert.equal(drawing.at(0, 0), null);
});

test("right and wrong are counted by confidence", () => {
  const words = "confidence 0.50 to 1.00: 3 right, 3 wrong";
  assert.equal(confidences(CLASSES).at(...at(0.9, 0.5)), words);
});

test("a cell of the matrix says its count and its share of the true class", () => {
  const drawing = confusion(CLASSES, true);
  assert.equal(drawing?.at(...at(0.75, 0.25)), "cat taken for dog: 2, 67 % of cat");
  assert.equal(confusion(NUMBERS, true), null);
});

test("confusions are listed by number, right answers are none", () => {
  assert.deepEqual(mostConfused(CLASSES, 5), [
    { truth: "cat", predicted: "dog", samples: 2 },
    { truth: "dog", predicted: "cat", samples: 1 },
  ]);
  const many = record(CLASSES.fields, { confused: ints([2, 3], 0, 1, 4, 90, 7, 9) });
  assert.deepEqual(mostConfused(many, 1), [
    { truth: "class 90", predicted: "class 7", samples: 9 },
  ]);
});

test("residuals and pairs say their counts", () => {
  assert.equal(residualHistogram(NUMBERS).at(...at(0.25, 0.5)), "-1.00 to 0: 4 samples");
  const joint = jointMap(NUMBERS, false);
  const words = "truth 2.00 to 4.00, prediction 0 to 2.00: 1";
  assert.equal(joint.at(...at(0.75, 0.75)), words);
});

test("measures that JSON cannot say are infinities and holes", () => {
  assert.equal(measureOf(CLASSES, "nll"), Number.POSITIVE_INFINITY);
  assert.ok(Number.isNaN(measureOf(CLASSES, "ece")));
  assert.deepEqual(measuresIn([CLASSES, NUMBERS]), ["accuracy", "nll", "mae"]);
});

test("a measure has a line for each run that knows it, and a row for each record", () => {
  const runs = [
    { run: "a", records: [CLASSES] },
    { run: "b", records: [NUMBERS] },
  ];
  const lines = measureLines(
    runs,
    "mae",
    (_, steps) => ({ x: steps }),
    () => "grey",
  );
  assert.deepEqual(
    lines.map(({ label, x, y }) => [label, x, y]),
    [["b", [10], [0.5]]],
  );
  assert.deepEqual([...measureRows(runs)][0], ["a", 0, 10, 6, "accuracy", 0.5]);
});

test("a run of outputs alone has a summary, with its gaps", () => {
  const gap = record({ gap: "ValueError" }, {}, 20);
  const summary = summaryOf("r", series("r", [CLASSES, gap]), []);
  assert.deepEqual(summary?.steps, [10]);
  assert.equal(summary?.gaps[0].reason, "ValueError");
});

test("gaps are no outputs", () => {
  const gap = record({ gap: "ValueError" }, {}, 20);
  assert.deepEqual(outputsOf(series("r", [CLASSES, gap]), "r"), [CLASSES]);
});

test("counts are short beside an axis", () => {
  assert.deepEqual([950, 1600, 12_345].map(shortCount), ["950", "1.6k", "12k"]);
});

test("well-formed records are taken, hostile ones refused with what is wrong", () => {
  assert.equal(checkOutputs(CLASSES), null);
  assert.equal(checkOutputs(NUMBERS), null);
  const wrong: [TrainingRecord, RegExp][] = [
    [record({ ...CLASSES.fields, task: "guess" }, CLASSES.arrays), /task "guess"/],
    [record({ ...CLASSES.fields, samples: "6" }, CLASSES.arrays), /how many samples/],
    [record({ ...CLASSES.fields, measures: null }, CLASSES.arrays), /no measures/],
    [record({ ...CLASSES.fields, class_names: [1] }, CLASSES.arrays), /class names/],
    [record(CLASSES.fields, { ...CLASSES.arrays, bin_accuracy: floats(1) }), /bin_accuracy/],
    [record(CLASSES.fields, { ...CLASSES.arrays, confusion: ints([1, 2], 1, 2) }), /confusion/],
    [record(NUMBERS.fields, { ...NUMBERS.arrays, edges: floats(1, 2) }), /edges has shape/],
    [record(NUMBERS.fields, { ...NUMBERS.arrays, joint: ints([1, 2], 1, 2) }), /joint has shape/],
  ];
  for (const [bad, words] of wrong) assert.match(checkOutputs(bad) ?? "", words);
});
