import assert from "node:assert/strict";
import { test } from "node:test";
import { timelineOf } from "../src/timeline";
import type { Series } from "../src/types";

/** A run with one record per epoch, from the untrained model on. */
function run(name: string, epochs: number, stepsPerEpoch: number): Series {
  const records = Array.from({ length: epochs + 1 }, (_, i) => ({
    kind: "cam",
    monitor: "m",
    step: i * stepsPerEpoch,
    epoch: i - 1,
    written: 1,
    wallTime: 0,
    fields: {},
    arrays: {},
  }));
  const written = records.length;
  return {
    run: name,
    tag: "t",
    kind: "cam",
    monitor: "m",
    records,
    written,
    unloaded: [],
    unreadable: [],
  };
}

const long = run("long", 5, 10);
const short = run("short", 3, 40);
const stepsOf = ({ moments }: ReturnType<typeof timelineOf>) => moments.map(({ step }) => step);

test("runs whose epochs agree share their moments on both axes", () => {
  const both = [run("a", 2, 10), run("b", 3, 10)];
  for (const axis of ["epoch", "step"] as const) {
    const timeline = timelineOf(both, axis);
    assert.deepEqual(stepsOf(timeline), [0, 10, 20, 30]);
    assert.equal(timeline.apart, false);
    assert.equal(timeline.stepIn("a", 30), 30);
  }
});

test("by step, runs of other epoch lengths stand where their steps are", () => {
  const timeline = timelineOf([long, short], "step");
  assert.deepEqual(stepsOf(timeline), [0, 10, 20, 30, 40, 50, 80, 120]);
  assert.equal(timeline.placeOf("short", 80), 80);
  assert.equal(timeline.stepIn("long", 80), 80);
});

test("by epoch, they align with the run of the most epochs", () => {
  const timeline = timelineOf([short, long], "epoch");
  assert.equal(timeline.apart, true);
  assert.deepEqual(stepsOf(timeline), [0, 10, 20, 30, 40, 50]);
  assert.deepEqual(timeline.positions, [-1, 0, 1, 2, 3, 4]);
  assert.equal(timeline.placeOf("short", 80), 1);
  assert.equal(timeline.stepIn("short", 20), 80, "the same epoch");
  assert.equal(timeline.stepIn("short", 50), 120, "its newest one");
  assert.equal(timeline.stepIn("long", 20), 20);
});

test("a run that begins later shows nothing before", () => {
  const late = { ...short, run: "late", records: short.records.slice(2) };
  assert.ok(timelineOf([long, late], "epoch").stepIn("late", 10) < 0);
});

test("without records there are no moments", () => {
  assert.deepEqual(timelineOf([], "epoch").moments, []);
});
