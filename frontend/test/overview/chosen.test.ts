import assert from "node:assert/strict";
import { test } from "node:test";
import { asCode, chosenFor, inShort, leftOutRows } from "../../src/panels/overview/chosen";
import type { Series, TrainingRecord } from "../../src/types";

const MONITOR = {
  name: "gradcam",
  callback: "GradCAMMonitor",
  settings: { methods: "['gradcam']", layers: "['features.8']" },
  every: "every epoch",
  reason: "where it looks",
};
const FIELDS = {
  preset: "standard",
  max_overhead: 0.02,
  modality: "image",
  task: "classification",
  facts: [{ name: "inputs", value: "image" }],
  monitors: [MONITOR],
  left_out: [{ callback: "AttentionMonitor", reason: "Net was not seen to attend" }],
};

function seriesOf(run: string, ...records: (readonly [step: number, fields: object])[]): Series {
  return {
    run,
    tag: "explain/setup",
    kind: "setup",
    monitor: "explain",
    records: records.map(
      ([step, fields]) => ({ step, fields: { ...FIELDS, ...fields } }) as unknown as TrainingRecord,
    ),
    written: records.length,
    unloaded: [],
    unreadable: [],
  };
}

test("the newest choice up to a step is a run's", () => {
  const series = [seriesOf("a", [0, {}], [100, { preset: "full" }]), seriesOf("b", [0, {}])];
  assert.equal(chosenFor(series, "a", 99)?.preset, "standard");
  assert.equal(chosenFor(series, "a", 100)?.preset, "full");
  assert.equal(chosenFor(series, "c", 100), null);
});

test("before its first record a run has that one", () => {
  assert.equal(chosenFor([seriesOf("a", [100, {}])], "a", 0)?.preset, "standard");
});

test("a line says what was chosen", () => {
  const line = (fields: object) => {
    const chosen = chosenFor([seriesOf("a", [0, fields])], "a", 0);
    assert(chosen);
    return inShort(chosen);
  };
  assert.equal(line({}), 'explain("standard") · image classification · 1 monitor · 1 left out');
  assert.equal(
    line({ modality: null, task: null, left_out: [], monitors: [] }),
    'explain("standard") · 0 monitors',
  );
});

test("a monitor is told as the code that makes it", () => {
  assert.equal(asCode(MONITOR), "GradCAMMonitor(methods=['gradcam'], layers=['features.8'])");
});

test("a reason that several monitors share is told once", () => {
  const leftOut = ["a b", "c d", "e b"].map((words) => {
    const [callback = "", reason = ""] = words.split(" ");
    return { callback, reason };
  });
  assert.deepEqual(leftOutRows(leftOut), [
    ["a", "b"],
    ["e", "likewise"],
    ["c", "d"],
  ]);
});
