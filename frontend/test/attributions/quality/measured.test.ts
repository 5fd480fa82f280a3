import assert from "node:assert/strict";
import { test } from "node:test";
import { strangers } from "../../../src/panels/attributions/quality/Agreement";
import { curveLines } from "../../../src/panels/attributions/quality/Curves";
import { HEADER, rowsOf } from "../../../src/panels/attributions/quality/csv";
import {
  beatsChance,
  controlOf,
  gapIn,
  type Measured,
  meanOf,
  measuredAt,
  measuredIn,
  worst,
} from "../../../src/panels/attributions/quality/measured";
import { array, contextOf, record, series } from "../fixture";

const NONE = Number.NaN;

/** Two methods, two measures, two samples. */
function quality(step: number, epoch: number) {
  const fields = {
    target: "label",
    methods: [
      { name: "ig", title: "IG" },
      { name: "lime", title: "LIME" },
    ],
    measures: [
      { name: "deletion", label: "deletion AUC", unit: "", better: "low", source: "" },
      { name: "completeness", label: "completeness", unit: "fraction", better: "low", source: "" },
    ],
    verdicts: [{ method: "ig", measure: "deletion", level: "warn", message: "No better." }],
    fractions: [0, 0.5, 1],
  };
  return record("explanation_quality", step, epoch, fields, {
    values: array([2, 2, 2], Float32Array.of(1, 3, 0.5, NONE, 2, 2, NONE, NONE)),
    control: array([2, 2], Float32Array.of(4, 4, NONE, NONE)),
    agreement: array([2, 2], Float32Array.of(1, 0.25, 0.25, 1)),
    deletion: array([3, 3], Float32Array.of(1, 0.5, 0, 1, 0.75, 0, NONE, NONE, NONE)),
  });
}

const gap = record("explanation_quality", 20, 2, { gap: "RuntimeError: no" });
const RUN = series("a", [quality(0, -1), quality(10, 0)]);

function first(): Measured {
  return measuredIn(RUN, "a")[0];
}

test("means are over the samples that were measured", () => {
  assert.deepEqual(meanOf(first(), 0, 0), { mean: 2, deviation: 1, samples: 2 });
  assert.deepEqual(meanOf(first(), 0, 1), { mean: 0.5, deviation: 0, samples: 1 });
  assert.equal(meanOf(first(), 1, 1), null);
});

test("a random order is beside what has one", () => {
  assert.equal(controlOf(first(), 0)?.mean, 4);
  assert.equal(controlOf(first(), 1), null);
});

test("a method beats chance in the direction that is better", () => {
  const mean = (value: number) => ({ mean: value, deviation: 0, samples: 1 });
  assert.equal(beatsChance("low", mean(1), mean(2)), true);
  assert.equal(beatsChance("high", mean(1), mean(2)), false);
  assert.equal(beatsChance(null, mean(1), mean(2)), null);
  assert.equal(beatsChance("low", mean(1), null), null);
});

test("the record shown is the newest up to the scrubber; a gap is none", () => {
  const all = series("a", [quality(0, -1), quality(10, 0), gap]);
  assert.equal(measuredAt(contextOf(all, 9), "a")?.step, 0);
  assert.equal(measuredAt(contextOf(all, 99), "a")?.step, 10);
  assert.equal(gapIn(all, ["a"], ["explanation_quality"]), "RuntimeError: no");
  assert.equal(gapIn(all, ["a"], ["surrogate"]), null);
  assert.equal(gapIn(RUN, ["a"], ["explanation_quality"]), null);
});

test("one failure outweighs any doubts", () => {
  const verdict = { method: "ig", measure: "deletion", message: "" };
  assert.equal(worst([]), null);
  assert.equal(worst([{ ...verdict, level: "warn" }]), "warn");
  const both = (["warn", "fail"] as const).map((level) => ({ ...verdict, level }));
  assert.equal(worst(both), "fail");
});

test("methods that tell different stories are named", () => {
  assert.match(strangers(first()), /^IG and LIME tell different stories \(0.25\)/);
});

test("curves that were not measured are not drawn", () => {
  const lines = curveLines(first(), "deletion", false);
  assert.deepEqual(
    lines.map(({ label, y }) => [label, ...y]),
    [
      ["IG", 1, 0.5, 0],
      ["LIME", 1, 0.75, 0],
    ],
  );
  assert.deepEqual(lines[0].x, [0, 50, 100]);
  assert.deepEqual(curveLines(first(), "insertion", false), []);
});

test("the table has a row for each method and measure, and for the random order", () => {
  const rows = [...rowsOf(contextOf(RUN, 99))];
  assert.ok(rows.every((row) => row.length === HEADER.length));
  assert.deepEqual(rows[0].slice(0, 9), ["a", -1, 0, "label", "ig", "deletion", 2, 1, 2]);
  assert.equal(rows[0].at(-1), "No better.");
  assert.equal(rows.filter((row) => row[4] === "random order").length, 2);
});
