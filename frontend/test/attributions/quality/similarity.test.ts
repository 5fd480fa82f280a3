import assert from "node:assert/strict";
import { test } from "node:test";
import { settledWords as claimed } from "../../../src/panels/attributions/claims";
import { modelOf } from "../../../src/panels/attributions/model";
import { measuring, settledWords } from "../../../src/panels/attributions/quality/similarity";
import { cam, contextOf, probe, series } from "../fixture";

/** Maps of two samples, two cells each: which of them is larger, record by record. */
function measured(...maps: readonly (readonly number[])[]) {
  const records = maps.map((values, i) => cam(10 * i, i - 1, values));
  const model = modelOf(contextOf(series("a", [probe(), ...records]), 100));
  const [run, track] = [model.runs.value[0], model.tracks.value[0]];
  const { similarity, tasks } = measuring(run, track, model.samples.value);
  for (const task of tasks) task();
  return { similarity, claim: claimed(run, track, model.samples.value) };
}

const LEFT = [1, 0, 1, 0];
const RIGHT = [0, 1, 0, 1];

test("similarities are to the last record, and to the one before", () => {
  const { similarity } = measured(LEFT, RIGHT, RIGHT);
  assert.deepEqual(similarity.last, [-1, 1, 1]);
  assert.deepEqual(similarity.previous, [Number.NaN, -1, 1]);
  assert.deepEqual(similarity.steps, [0, 10, 20]);
});

test("maps are settled from the record on that stays like the last, as runs are said to be", () => {
  const cases = [
    [[LEFT, RIGHT, RIGHT, RIGHT], "settled at epoch 0"],
    [[RIGHT, RIGHT, RIGHT], "settled since the untrained model"],
    [[RIGHT, RIGHT, LEFT, RIGHT], "not settled"],
  ] as const;
  for (const [maps, words] of cases) {
    const { similarity, claim } = measured(...maps);
    assert.equal(settledWords(similarity), words);
    assert.equal(claim, words);
  }
});

test("two records are too few, and constant maps have no order", () => {
  assert.match(settledWords(measured(LEFT, LEFT).similarity), /too few/);
  assert.match(settledWords(measured([1, 1, 1, 1], [1, 1, 1, 1], LEFT).similarity), /not defined/);
});
