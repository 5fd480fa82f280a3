import assert from "node:assert/strict";
import { test } from "node:test";
import { overspent, privacyWords } from "../../../src/panels/attributions/global/privacy";
import { fidelityOf, linesOf } from "../../../src/panels/attributions/global/surrogate";

const leaf = (value: number, samples: number) => {
  return {
    feature: null,
    threshold: null,
    left: null,
    right: null,
    value: [-value, value],
    samples,
  };
};
const split = (feature: number, threshold: number, left: number, right: number) => {
  return { feature, threshold, left, right, value: [0, 0], samples: 10 };
};

test("a tree is told condition by condition, down to what each leaf puts out", () => {
  const tree = [split(0, 31.5, 1, 2), leaf(-1, 4), split(1, 0.5, 3, 4), leaf(2, 5), leaf(3, 1)];
  const lines = linesOf(tree, ["duration", "housing = rent"], 1);
  assert.deepEqual(
    lines.map(({ depth, condition, value }) => [depth, condition, value]),
    [
      [0, "", null],
      [1, "duration ≤ 31.5", -1],
      [1, "duration > 31.5", null],
      [2, "housing is not rent", 2],
      [2, "housing is rent", 3],
    ],
  );
});

test("low fidelity is said in words", () => {
  const model = { name: "tree", agreement: 0.9, r2_fitted: null, tree: null };
  assert.equal(fidelityOf({ ...model, r2: 0.1 }).level, "fail");
  assert.match(fidelityOf({ ...model, r2: 0.1 }).words, /^Explains nothing: .* 10 % /);
  assert.match(fidelityOf({ ...model, r2: -2 }).words, /less than none/);
  assert.equal(fidelityOf({ ...model, r2: 0.5 }).level, "warn");
  assert.equal(fidelityOf({ ...model, r2: 0.95 }).level, "good");
  assert.match(fidelityOf({ ...model, r2: null }).words, /not defined/);
  assert.doesNotMatch(fidelityOf({ ...model, r2: 0.9, agreement: null }).words, /class/);
});

const PRIVACY = { epsilon: 2, delta: 1e-5, clip: 1, noise: 0.1, spent_epsilon: 0.5 };

test("privacy says what is spent of what is planned, and how large the noise is", () => {
  const [spent, noise] = privacyWords({ ...PRIVACY, releases: 3, planned_releases: 10 }, "logit");
  assert.match(spent, /epsilon 0.50 of 2.00 spent after release 3 of 10 planned, at delta 1e-5/);
  assert.match(noise, /deviation 0.10 logit/);
  assert.match(noise, /±0.20 of zero/);
  assert.match(privacyWords(PRIVACY, "logit")[0], /spent, at delta/);
});

test("a budget that is overdrawn is told from one that is used up", () => {
  assert.ok(overspent({ ...PRIVACY, spent_epsilon: 2.1 }));
  assert.ok(!overspent({ ...PRIVACY, spent_epsilon: 2 + 1e-9 }));
});
