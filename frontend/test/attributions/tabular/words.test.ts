import assert from "node:assert/strict";
import { test } from "node:test";
import { comparisons, ordinal } from "../../../src/panels/attributions/tabular/disagree";
import {
  featureWords,
  tableOf,
  valueIn,
  valueWords,
} from "../../../src/panels/attributions/tabular/features";
import { signedWords } from "../../../src/panels/attributions/tabular/words";
import { array, record, series } from "../fixture";

const AGE = { name: "age", unit: "years", categories: null };
const HOUSING = { name: "housing", unit: null, categories: ["own", "rent"] };

test("a feature's value has its unit, or the name of its category", () => {
  assert.equal(featureWords(AGE, 35), "age 35 years");
  assert.equal(featureWords(HOUSING, 1), "housing = rent");
  assert.equal(featureWords(AGE, Number.NaN), "age");
  assert.equal(valueWords(HOUSING, 7), "category 7");
  assert.equal(valueWords({ ...AGE, unit: null }, 0.123456), "0.12");
});

test("a probe's table is found by its digest; without one, columns have numbers", () => {
  const values = array([2, 2], Float32Array.of(35, 0, 41, 1));
  const probe = record("probe", 0, -1, { digest: "p", features: [AGE, HOUSING] }, { values });
  const table = tableOf(series("a", [probe]), "a", "p", 2);
  assert.equal(featureWords(table.features[1], valueIn(table, 1, 1)), "housing = rent");
  const unnamed = tableOf(series("a", [probe]), "a", "p", 3);
  assert.deepEqual(unnamed.features[2].name, "column 2");
  assert.ok(Number.isNaN(valueIn(unnamed, 0, 0)));
});

test("signs are written even where they are a plus", () => {
  assert.deepEqual([0.5, -0.5, 0].map(signedWords), ["+0.50", "−0.50", "0"]);
});

const NAMES = ["a", "b", "c", "d", "e"];
const said = (first: number[], second: number[], signed = true) =>
  comparisons(
    [
      { title: "One", signed: true, values: Float32Array.from(first) },
      { title: "Two", signed, values: Float32Array.from(second) },
    ],
    NAMES,
  )[0];

test("methods with one order and the same signs agree", () => {
  const { agree, words } = said([5, 4, -3, 2, 1], [10, 7, -6, 3, 2]);
  assert.ok(agree);
  assert.match(words, /^One and Two agree on signs and order .*\(rank correlation 1.00\)\.$/);
});

test("a large value of the other sign is a disagreement, a small one is none", () => {
  assert.match(said([5, 4, 3, 2, 1], [5, -4, 3, 2, 1]).words, /signs for b \(\+4\.00 and −4\.00\)/);
  assert.ok(said([5, 4, 3, 2, 0.5], [5, 4, 3, 2, -0.5]).agree);
});

test("magnitudes alone have an order to disagree on, and no signs", () => {
  const { words } = said([5, 4, 3, 2, 1], [1, 4, 3, 2, 5], false);
  assert.match(words, /a is 1st and 5th; e is 5th and 1st/);
  assert.doesNotMatch(words, /sign/);
});

test("ordinals are English", () => {
  assert.deepEqual([1, 2, 3, 4, 11, 22, 113].map(ordinal), [
    ...["1st", "2nd", "3rd", "4th"],
    ...["11th", "22nd", "113th"],
  ]);
});
