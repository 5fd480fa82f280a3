import assert from "node:assert/strict";
import { test } from "node:test";
import { rolledUp } from "../../src/panels/layers/rollup";
import { table, values } from "./fixture";

const NAMES = table.statistics.map(({ name }) => name);

function rolled(
  name: string,
  columns: Record<string, readonly number[]>,
  members: readonly number[] = [0, 1, 2],
): number {
  return rolledUp({ table, values: values(columns), members }, NAMES.indexOf(name));
}

const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is not ${b}`);

test("norms of parameters make the norm of all their values", () => {
  near(rolled("norm", { norm: [3, 4, 12] }), 13);
});

test("means are weighted by how many values each stands for", () => {
  near(rolled("mean", { mean: [1, 5, 9] }), (4 * 1 + 3 * 5 + 1 * 9) / 8);
});

test("the deviation of a module counts the distance between its parameters' means", () => {
  const parts = [[1, 2, 3, 4], [10, 20, 30], [-7]];
  const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length;
  const std = (list: readonly number[]) =>
    Math.sqrt(mean(list.map((value) => (value - mean(list)) ** 2)));
  const found = rolled("std", { mean: parts.map(mean), std: parts.map(std) });
  assert.ok(Math.abs(found - std(parts.flat())) < 1e-5);
});

test("a ratio is of the rolled-up statistics", () => {
  near(rolled("ratio", { norm: [3, 4, 0], weight_norm: [6, 8, 0], ratio: [9, 9, 9] }), 0.5);
});

test("sums, maxima and minima are what they say", () => {
  near(rolled("nonfinite", { nonfinite: [1, 2, 3] }), 6);
  near(rolled("max", { max: [1, 7, 3] }), 7);
  near(rolled("min", { min: [1, -7, 3] }), -7);
});

test("what is not defined for a parameter is left out", () => {
  near(rolled("norm", { norm: [3, Number.NaN, 4] }), 5);
  assert.ok(Number.isNaN(rolled("norm", { norm: [Number.NaN, Number.NaN, Number.NaN] })));
});

test("a NaN among values that are not finite is no hole: it spoils the module", () => {
  assert.ok(Number.isNaN(rolled("norm", { norm: [3, Number.NaN, 4], nonfinite: [0, 2, 0] })));
});

test("a statistic without a rule has no value for several parameters, but for one", () => {
  assert.ok(Number.isNaN(rolled("q50", { q50: [1, 2, 3] })));
  near(rolled("q50", { q50: [1, 2, 3] }, [1]), 2);
});
