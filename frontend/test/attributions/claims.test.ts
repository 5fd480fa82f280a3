import assert from "node:assert/strict";
import { test } from "node:test";
import {
  agreement,
  findingIn,
  findingWords,
  looksOf,
  settledWords,
} from "../../src/panels/attributions/claims";
import { modelOf, present } from "../../src/panels/attributions/model";
import { cam, contextOf, probe, series } from "./fixture";

function modelFor(records: Parameters<typeof series>[1]) {
  return modelOf(contextOf(series("a", records), 1000));
}

function looksWords(...[source, samples]: Parameters<typeof findingIn>): string {
  const finding = findingIn(source, samples);
  return finding ? findingWords(finding, source, samples) : "";
}

const left = [1, 0, 1, 0];
const right = [0, 1, 0, 1];

test("a run has settled from the first record on that agrees with its last one to the end", () => {
  const values = [right, left, right, left, left];
  const model = modelFor([probe(), ...values.map((map, e) => cam(10 * e, e - 1, map))]);
  const words = settledWords(model.runs.value[0], model.tracks.value[0], model.samples.value);
  assert.equal(words, "settled at epoch 2");
});

test("of several records within an epoch it is told by its step", () => {
  const values = [right, left, right, left, left];
  const model = modelFor([probe(), ...values.map((map, n) => cam(1000 * n, 0, map))]);
  const words = settledWords(model.runs.value[0], model.tracks.value[0], model.samples.value);
  assert.equal(words, "settled at step 3,000");
});

test("a run whose last record is new has not settled", () => {
  const model = modelFor([probe(), cam(0, -1, left), cam(10, 0, left), cam(20, 1, right)]);
  const words = settledWords(model.runs.value[0], model.tracks.value[0], model.samples.value);
  assert.match(words, /^not settled/);
});

test("two records are too few to speak of settling", () => {
  const model = modelFor([probe(), cam(0, -1, left), cam(10, 0, left)]);
  assert.equal(settledWords(model.runs.value[0], model.tracks.value[0], model.samples.value), "");
});

test("a region that holds most peaks is named, with its share and count", () => {
  const model = modelFor([probe(), cam(0, -1, [0, 1, 0, 1])]);
  const [source] = present(model.tracks.value[0]);
  assert.equal(
    looksWords(source, model.samples.value),
    "peak at the right edge on 100 % of 2 samples",
  );
});

test("a class whose peaks lie elsewhere than the others' is named", () => {
  const hashes = ["a", "b", "c", "d", "e", "f"];
  const coatsRight = hashes.flatMap((_, n) => (n % 2 ? [0, 1] : [1, 0]));
  const model = modelFor([probe(hashes), cam(0, -1, coatsRight)]);
  const [source] = present(model.tracks.value[0]);
  assert.match(looksWords(source, model.samples.value), /on 100 % of 3 (Shirt|Coat)$/);
});

test("maps without a positive value say nothing, and agree with nothing", () => {
  const model = modelFor([probe(), cam(0, -1, [0, 0, 0, 0]), cam(10, 0, left)]);
  const [flat, full] = present(model.tracks.value[0]);
  assert.equal(looksWords(flat, model.samples.value), "");
  assert.equal(agreement(flat, full, model.samples.value[0].hash), null);
});

test("without a sample there is nothing to claim", () => {
  const model = modelFor([probe(), ...[0, 1, 2].map((e) => cam(10 * e, e - 1, left))]);
  assert.equal(settledWords(model.runs.value[0], model.tracks.value[0], []), "");
});

test("a run without a finding is set against the run that has one", () => {
  const hashes = ["a", "b", "c", "d"];
  const shirtsLeft = [1, 0, 0, 1, 1, 0, 0, 1];
  const mixed = [1, 0, 1, 0, 0, 1, 0, 1];
  const all = [
    ...series("a", [probe(hashes), cam(0, -1, mixed)]),
    ...series("b", [probe(hashes), cam(0, -1, shirtsLeft)]),
  ];
  assert.deepEqual(looksOf(modelOf(contextOf(all, 0))), [
    { looks: "peak at the left edge on 50 % of 2 Shirt", compared: true },
    { looks: "peak at the left edge on 100 % of 2 Shirt", compared: false },
  ]);
});
