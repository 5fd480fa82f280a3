import assert from "node:assert/strict";
import { test } from "node:test";
import { dateTime, milliseconds, percent, plural, score, seconds } from "../src/format";

test("scores keep the digits that tell something", () => {
  const values = [0, 0.5, 0.0312, 0.00001, 12.34, 1234.5, -0.25, Number.NaN, Infinity, -Infinity];
  const words = ["0", "0.50", "0.031", "1.0e-5", "12.3", "1.23e+3", "-0.25", "NaN", "∞", "-∞"];
  assert.deepEqual(values.map(score), words);
});

test("durations are in the unit a person would use", () => {
  assert.deepEqual([2.5, 59, 61, 3600, 5400, 200_000].map(seconds), [
    "2.5 s",
    "59 s",
    "1 min",
    "1 h 0 min",
    "1 h 30 min",
    "2 d 7 h",
  ]);
  assert.deepEqual([12.5, 138, 1500, 61_000].map(milliseconds), [
    "12.5 ms",
    "138 ms",
    "1.5 s",
    "1 min",
  ]);
});

test("counts and shares read well", () => {
  assert.deepEqual(
    [plural(1, "run"), plural(1234, "run"), percent(0.004), percent(0.5)],
    ["1 run", "1,234 runs", "0.4 %", "50 %"],
  );
});

test("a time that is none says so", () => assert.equal(dateTime(Number.NaN), "unknown time"));
