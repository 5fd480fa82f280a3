import assert from "node:assert/strict";
import { test } from "node:test";
import {
  breakdownOf,
  byMagnitude,
  endOf,
  spanOf,
} from "../../../src/panels/attributions/tabular/breakdown";

const VALUES = [0.5, -2, 1, 0.25, -0.125];
const SUM = { base: 1, total: -0.375, output: 0.625, error: 0 };
const ALL = { signed: true, most: 10 };

test("steps lead from the base to the output, the largest first", () => {
  const breakdown = breakdownOf(VALUES, SUM, ALL);
  assert.deepEqual(
    breakdown.steps.map(({ feature, from, value }) => [feature, from, value]),
    [
      [1, 1, -2],
      [2, -1, 1],
      [0, 0, 0.5],
      [3, 0.5, 0.25],
      [4, 0.75, -0.125],
    ],
  );
  assert.equal(endOf(breakdown), SUM.output);
});

test("what is not shown by itself is summed up, and leads to the same output", () => {
  const breakdown = breakdownOf(VALUES, SUM, { signed: true, most: 2 });
  const rest = breakdown.steps.at(-1);
  assert.deepEqual(rest, { feature: null, count: 3, value: 0.625, from: 0 });
  assert.equal(endOf(breakdown), SUM.output);
});

test("a single feature left over is shown as itself", () => {
  const { steps } = breakdownOf(VALUES, SUM, { signed: true, most: 4 });
  assert.equal(steps.length, 5);
  assert.ok(steps.every(({ feature }) => feature !== null));
});

test("bars of methods that add up to nothing all begin at zero", () => {
  for (const [sum, signed] of [
    [null, true],
    [SUM, false],
  ] as const) {
    const breakdown = breakdownOf(VALUES, sum, { signed, most: 10 });
    assert.ok(!breakdown.cumulative && breakdown.sum === null);
    assert.ok(breakdown.steps.every(({ from }) => from === 0));
  }
});

test("values that are no numbers come last, and lead nowhere", () => {
  const values = [Number.NaN, 1, Number.POSITIVE_INFINITY];
  assert.deepEqual(byMagnitude(values), [1, 0, 2]);
  assert.equal(endOf(breakdownOf(values, SUM, ALL)), 2);
});

test("the axis holds every bar, and the output that they miss", () => {
  const missed = { ...SUM, output: 4 };
  assert.deepEqual(spanOf([breakdownOf(VALUES, missed, ALL)]), [-1, 4]);
  assert.deepEqual(spanOf([breakdownOf([0], null, ALL)]), [-1, 1]);
});
