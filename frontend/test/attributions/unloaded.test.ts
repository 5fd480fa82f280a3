import assert from "node:assert/strict";
import { test } from "node:test";
import { indexRuns } from "../../src/panels/attributions/records";
import type { Series, TrainingRecord } from "../../src/types";

function cams(unloaded: readonly number[], written: number): Series {
  const record = { kind: "cam", monitor: "m", step: 0, epoch: 0, written, wallTime: 0 };
  const held: TrainingRecord = { ...record, fields: {}, arrays: {} };
  return {
    ...{ run: "a", tag: "m/cam", kind: "cam", monitor: "m", unreadable: [], written },
    records: [held],
    unloaded: unloaded.map((step) => ({ step, epoch: step })),
  };
}

test("maps that were not loaded are told from those that TensorBoard did not keep", () => {
  const told = (entry: Series) => indexRuns([entry], ["a"])[0];
  assert.equal(told(cams([], 1)).mapsSampled, false);
  assert.equal(told(cams([], 3)).mapsSampled, true);
  assert.equal(told(cams([], 3)).unloaded.length, 0);
  assert.equal(told(cams([1, 2], 3)).mapsSampled, false);
  assert.equal(told(cams([1, 2], 3)).unloaded.length, 2);
});
