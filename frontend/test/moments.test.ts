import assert from "node:assert/strict";
import { test } from "node:test";
import {
  effectiveStep,
  epochsAgree,
  indexAtOrBefore,
  momentsOf,
  nearestMoment,
  positionsOf,
  sinceWords,
  tellingAxis,
} from "../src/moments";
import type { Series } from "../src/types";

const at = (step: number, epoch: number) => ({ step, epoch });

function series(run: string, kind: string, moments: [number, number][]): Series {
  const records = moments.map(([step, epoch]) => ({
    kind,
    monitor: "m",
    step,
    epoch,
    written: 1,
    wallTime: 0,
    fields: {},
    arrays: {},
  }));
  return {
    run,
    tag: "t",
    kind,
    monitor: "m",
    records,
    written: records.length,
    unloaded: [],
    unreadable: [],
  };
}

test("moments are the union over runs, by step, without probes", () => {
  const all = [
    series("a", "cam", [
      [0, -1],
      [40, 0],
    ]),
    series("b", "cam", [
      [0, -1],
      [30, 0],
    ]),
    series("b", "probe", [[7, 0]]),
  ];
  assert.deepEqual(momentsOf(all), [at(0, -1), at(30, 0), at(40, 0)]);
});

test("a run shows its newest record at or before the scrubber", () => {
  const steps = [0, 40, 80].map((step) => ({ step }));
  assert.deepEqual(
    [-1, 0, 39, 40, 500].map((step) => indexAtOrBefore(steps, step)),
    [-1, 0, 0, 1, 2],
  );
});

test("without a wish the scrubber follows the newest moment", () => {
  const moments = [at(0, -1), at(40, 0)];
  assert.equal(effectiveStep(moments, null), 40);
  assert.equal(effectiveStep([...moments, at(80, 1)], null), 80);
});

test("a wished step that is gone falls back to the moment before", () => {
  const moments = [at(10, 0), at(40, 1)];
  assert.deepEqual(
    [5, 10, 39, 99].map((step) => effectiveStep(moments, step)),
    [10, 10, 10, 40],
  );
  assert.equal(effectiveStep([], 7), 7);
});

test("several moments of one epoch spread up to the next", () => {
  assert.deepEqual(
    positionsOf([at(0, -1), at(10, 0), at(15, 0), at(20, 1)], "epoch"),
    [-1, 0, 0.5, 1],
  );
});

test("the nearest moment is found on either axis", () => {
  const moments = [at(0, -1), at(100, 0), at(1000, 1)];
  assert.equal(nearestMoment(moments, [0, 100, 1000], 400)?.step, 100);
  assert.equal(nearestMoment(moments, [-1, 0, 1], 0.6)?.step, 1000);
  assert.equal(nearestMoment([], [], 1), undefined);
});

test("runs of different epoch lengths have no epoch axis in common", () => {
  const short = series("a", "cam", [
    [0, -1],
    [40, 0],
    [80, 1],
  ]);
  assert.ok(
    epochsAgree([
      short,
      series("b", "cam", [
        [0, -1],
        [40, 0],
      ]),
    ]),
  );
  assert.ok(
    !epochsAgree([
      short,
      series("b", "cam", [
        [0, -1],
        [80, 0],
      ]),
    ]),
  );
  assert.ok(!epochsAgree([short, series("b", "cam", [[160, 0]])]));
});

test("a record that stands for a later moment says of which one it is", () => {
  assert.equal(sinceWords(at(30, 2), at(90, 8), "epoch"), "epoch 2");
  assert.equal(sinceWords(at(3000, 2), at(9000, 2), "step"), "step 3,000");
  assert.equal(sinceWords(at(0, -1), at(90, 8), "step"), "untrained");
});

test("what is of the very moment, in the axis' unit, needs no words", () => {
  assert.equal(sinceWords(at(30, 2), at(35, 2), "epoch"), "");
  assert.equal(sinceWords(at(30, 2), at(30, 3), "step"), "");
});

test("records of few epochs, many of each, are told apart by step", () => {
  const of = (count: number, perEpoch: number) =>
    series(
      "a",
      "predictions",
      [...Array(count).keys()].map((n) => [n + 1, Math.floor(n / perEpoch)]),
    );
  assert.equal(tellingAxis([of(5000, 5000)]), "step");
  assert.equal(tellingAxis([of(60, 15)]), "step");
  assert.equal(tellingAxis([of(200, 20)]), "epoch");
  assert.equal(tellingAxis([of(3, 1)]), "epoch");
  assert.equal(tellingAxis([]), "epoch");
});
