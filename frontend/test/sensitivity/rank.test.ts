import assert from "node:assert/strict";
import { test } from "node:test";
import { rankedAt, standingsOf } from "../../src/panels/sensitivity/order";
import {
  agreementOf,
  areaOf,
  cellPairs,
  ranksOf,
  spearman,
} from "../../src/panels/sensitivity/rank";
import { reading } from "./fixture";

test("a unit's area is the mean of what was measured of it", () => {
  const found = reading("kl", [
    [1, 2, NaN],
    [NaN, NaN, NaN],
  ]);
  assert.equal(areaOf(found, "kl", "u0"), 1.5);
  assert.ok(Number.isNaN(areaOf(found, "kl", "u1")));
  assert.ok(Number.isNaN(areaOf(found, "kl", "unknown")));
  assert.ok(Number.isNaN(areaOf(found, "loss", "u0")));
});

test("what lowers the metric most is most sensitive", () => {
  const found = reading("metric", [[-0.1], [-0.5], [0.1]]);
  assert.deepEqual([...ranksOf(found, "metric", ["u0", "u1", "u2"]).keys()], ["u1", "u0", "u2"]);
});

test("units that were not measured have no rank", () => {
  const found = reading("kl", [[1], [NaN], [2]]);
  const ranks = ranksOf(found, "kl", ["u0", "u1", "u2"]);
  assert.deepEqual(
    [...ranks],
    [
      ["u2", 0],
      ["u0", 1],
    ],
  );
});

test("rank correlation is as defined, ties by mean rank", () => {
  const pairs = (a: number[], b: number[]) => a.map((x, i) => [x, b[i]] as const);
  assert.equal(spearman(pairs([1, 2, 3], [10, 20, 30])), 1);
  assert.equal(spearman(pairs([1, 2, 3], [3, 2, 1])), -1);
  // scipy.stats.spearmanr([1, 2, 2, 4], [1, 3, 2, 4])
  assert.ok(Math.abs(spearman(pairs([1, 2, 2, 4], [1, 3, 2, 4])) - 0.9486832980505139) < 1e-12);
  assert.ok(Number.isNaN(spearman(pairs([1, 2], [1, 2]))));
  assert.ok(Number.isNaN(spearman(pairs([1, 1, 1], [1, 2, 3]))));
});

test("cells are held together by the names of units and levels", () => {
  const estimate = reading(
    "kl",
    [
      [1, 2],
      [3, 4],
    ],
    { units: ["a", "b"], levels: ["10 %", "20 %"], estimate: "output_fisher" },
  );
  const exact = reading(
    "kl",
    [
      [40, 30],
      [NaN, 10],
    ],
    { units: ["b", "a"], levels: ["20 %", "10 %"] },
  );
  assert.deepEqual(cellPairs(estimate, exact, "kl"), [
    { unit: "a", level: 0, estimate: 1, exact: 10 },
    { unit: "b", level: 0, estimate: 3, exact: 30 },
    { unit: "b", level: 1, estimate: 4, exact: 40 },
  ]);
});

test("agreement across units is the mean over levels, not inflated by what rises with them", () => {
  const estimate = reading("kl", [
    [1, 10],
    [2, 20],
    [3, 30],
  ]);
  const exact = reading("kl", [
    [3, 30],
    [2, 20],
    [1, 10],
  ]);
  const { overall, across } = agreementOf(cellPairs(estimate, exact, "kl"));
  assert.equal(across, -1);
  assert.ok(overall > 0.5);
  assert.ok(Number.isNaN(agreementOf([]).across));
});

test("a rank says how many places a unit rose since the first record", () => {
  const first = reading("kl", [[3], [2], [NaN]], { step: 0 });
  const now = reading("kl", [[1], [2], [5]], { step: 9 });
  const standings = standingsOf([first, now], "kl", ["u0", "u1", "u2"], ({ step }) => step);
  assert.deepEqual(rankedAt(standings[1], standings[0], "kl"), [
    { name: "u2", rank: 0, area: 5, risen: null },
    { name: "u1", rank: 1, area: 2, risen: 0 },
    { name: "u0", rank: 2, area: 1, risen: -2 },
  ]);
});
