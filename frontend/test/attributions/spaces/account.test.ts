import assert from "node:assert/strict";
import { test } from "node:test";
import { accountOf, sumOf } from "../../../src/panels/attributions/account";
import { doubtsAbout, evidenceFor } from "../../../src/panels/attributions/believe";
import { tileOf } from "../../../src/panels/attributions/facts";
import { modelOf } from "../../../src/panels/attributions/model";
import { cam, contextOf, probe, series } from "../fixture";
import { attribution, HASHES, probeOf } from "./fixture";

const IMAGE = [0, 1, 2, 3];

function modelWith(total: readonly number[], entry: Record<string, unknown> = {}) {
  const map = attribution("image", [10, 0], [1, 2], IMAGE, { base: [0, 0], total, entry });
  return modelOf(contextOf(series("a", [probeOf("image", { shape: [1, 4, 4] }), map]), 10));
}

function told(model: ReturnType<typeof modelOf>) {
  const [sample] = model.samples.value;
  assert.equal(sample.hash, HASHES[0]);
  const tile = tileOf(model, 0, 0, sample, "map", "shared");
  const error = evidenceFor(model, tile, 0).find(({ name }) => name === "completeness error");
  return { doubts: doubtsAbout(tile), error };
}

test("the error is relative to how far the output is from the base", () => {
  const record = attribution("image", [0, 0], [1, 2], IMAGE, { base: [1, 1], total: [1.5, 0] });
  const account = accountOf(record, "map.0");
  assert.deepEqual(sumOf(account, record.arrays["output.0"], 0), {
    base: 1,
    total: 1.5,
    output: 2,
    error: 0.5,
  });
  assert.ok(Number.isNaN(sumOf(account, record.arrays["output.0"], 1)?.error), "0 / 0");
});

test("a class activation map has no account", () => {
  assert.equal(accountOf(cam(0, 0, [0, 1]), "map.0"), null);
});

test("small errors are stated, larger ones warned of, and the largest said to fail", () => {
  const small = told(modelWith([1.98, 1]));
  assert.deepEqual([small.error?.value, small.error?.tone, small.doubts], ["1.0 %", "good", []]);
  const larger = told(modelWith([1.8, 1]));
  assert.deepEqual([larger.error?.tone, larger.doubts[0].level], ["warn", "warn"]);
  const largest = told(modelWith([1, 1]));
  assert.deepEqual([largest.error?.tone, largest.doubts[0].level], ["bad", "fail"]);
  assert.match(largest.doubts[0].words, /Integrated gradients miss the output by 50 %/);
});

test("a method that promises nothing is not held to it", () => {
  const { doubts, error } = told(modelWith([1, 1], { complete: false }));
  assert.deepEqual(doubts, []);
  assert.equal(error?.value, "none promised");
});

test("a caveat and notes are told whatever the figures say", () => {
  const { doubts } = told(modelWith([2, 1], { caveat: "edges", notes: ["nothing for aten::x"] }));
  assert.deepEqual(doubts, [
    { level: "warn", words: "edges" },
    { level: "note", words: "nothing for aten::x" },
  ]);
});

test("maps of the input join those of layers, under their own names", () => {
  const records = [probe(HASHES), cam(10, 0, [0, 1, 1, 0])];
  const map = attribution("image", [10, 0], [1, 2], IMAGE);
  const { options } = modelOf(contextOf(series("a", [...records, map]), 10));
  assert.deepEqual(
    [...options.value.titles],
    [
      ["gradcam", "Grad-CAM"],
      ["integrated_gradients", "Integrated gradients"],
    ],
  );
  assert.deepEqual(options.value.layers, ["features.7"]);
});
