import assert from "node:assert/strict";
import { test } from "node:test";
import { indexRuns } from "../../src/panels/attributions/records";
import { filterSamples, sampleTitle } from "../../src/panels/attributions/samples";
import { samplesOf } from "../../src/samples";
import { COAT, predictions, probe, SHIRT, series } from "./fixture";

const runs = indexRuns(
  [
    ...series("a", [probe(), predictions(0, -1, [1, 1]), predictions(10, 0, [0, 1])]),
    ...series("b", [probe([COAT, "another"]), predictions(10, 0, [1, 0])]),
  ],
  ["a", "b"],
);
const samples = samplesOf(runs.flatMap(({ probes }) => probes));
const hashes = (filter: "all" | "wrong" | "changed") =>
  filterSamples(samples, runs, filter).map(({ hash }) => hash);

test("samples of several runs are matched by hash and listed once", () => {
  assert.deepEqual(hashes("all"), [SHIRT, COAT, "another"]);
  assert.equal(sampleTitle(samples[0]), "0 · Shirt");
});

test("wrong: the last prediction of any run is not the label", () => {
  assert.deepEqual(hashes("wrong"), [COAT, "another"]);
});

test("changed: the first and the last prediction of any run differ", () => {
  assert.deepEqual(hashes("changed"), [SHIRT]);
});
