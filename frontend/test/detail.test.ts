import assert from "node:assert/strict";
import { test } from "node:test";
import { isBare, isCovered, levelFor, momentsBetween, rangeAround } from "../src/detail";
import { grownSince } from "../src/grown";
import type { Series, TrainingRecord } from "../src/types";

const moment = (step: number) => ({ step, epoch: step });

function record(step: number, bytes = 0): TrainingRecord {
  const arrays = { map: { shape: [bytes], data: new Uint8Array(bytes) } };
  const common = { kind: "cam", monitor: "m", epoch: step, written: 1, wallTime: 0 };
  return { ...common, step, fields: {}, arrays };
}

function series(loaded: number[], unloaded: number[], more: Partial<Series> = {}): Series {
  const records = loaded.map((step) => record(step));
  const base = { run: "a", tag: "m/cam", kind: "cam", monitor: "m", written: 1, unreadable: [] };
  return { ...base, records, unloaded: unloaded.map(moment), ...more };
}

test("ten runs of a hundred epochs come whole, and of a hundred runs some of each", () => {
  assert.ok(levelFor(10).most >= 101);
  assert.ok(levelFor(10).room > 1.5e6);
  assert.ok(levelFor(1).most >= 1000);
  assert.equal(levelFor(100).most, 16);
  assert.deepEqual(levelFor(0), levelFor(1));
});

test("a series covers a step where it holds its newest record at or before it", () => {
  const sparse = series([0, 40, 80], [10, 20, 50]);
  const covered = [0, 5, 40, 45, 80, 99].map((step) => isCovered(sparse, step));
  assert.deepEqual(covered, [true, true, true, true, true, true]);
  const missing = [10, 15, 20, 39, 50, 79].map((step) => isCovered(sparse, step));
  assert.deepEqual(missing, [false, false, false, false, false, false]);
  assert.ok(isCovered(series([10], []), 0));
  assert.ok(!isCovered(series([10], [5]), 7));
});

test("a range holds the step, what is shown there, and neighbours on both sides", () => {
  const moments = Array.from({ length: 101 }, (_, n) => moment(10 * n));
  const own = series(
    [0, 1000],
    moments.slice(1, -1).map(({ step }) => step),
  );
  assert.deepEqual(rangeAround([own], moments, 500), { from: 340, to: 660 });
  assert.deepEqual(rangeAround([own], moments, 30), { from: 0, to: 190 });
  assert.deepEqual(rangeAround([own], moments, 990), { from: 830, to: 1000 });
});

test("a range reaches back to the record of a series that seldom has one", () => {
  const moments = Array.from({ length: 100 }, (_, n) => moment(n));
  const seldom = series([0, 99], [20]);
  assert.deepEqual(rangeAround([seldom], moments, 80), { from: 20, to: 96 });
});

test("of large records only a few neighbours are fetched, of very large ones none", () => {
  const moments = Array.from({ length: 100 }, (_, n) => moment(n));
  const left = moments.slice(1, -1);
  const of = (bytes: number) => ({
    ...series([], []),
    records: [record(0, bytes), record(99, bytes)],
    unloaded: left,
  });
  assert.deepEqual(rangeAround([of(2 ** 20)], moments, 50), { from: 46, to: 54 });
  assert.deepEqual(rangeAround([of(2 ** 25)], moments, 50), { from: 50, to: 50 });
});

test("epochs of what is not loaded follow from the records around", () => {
  const epochs = (records: [number, number][], steps: number[]) =>
    momentsBetween(
      records.map(([step, epoch]) => ({ step, epoch })),
      steps,
    ).map(({ epoch }) => epoch);
  assert.deepEqual(
    epochs(
      [
        [0, -1],
        [40, 3],
      ],
      [10, 20, 30],
    ),
    [0, 1, 2],
  ); // one in each epoch
  assert.deepEqual(
    epochs(
      [
        [0, -1],
        [39, 3],
      ],
      [11, 17, 30],
    ),
    [0, 1, 2],
  ); // of any length
  assert.deepEqual(
    epochs(
      [
        [50, 2],
        [90, 2],
      ],
      [60, 70],
    ),
    [2, 2],
  ); // within one epoch
  assert.deepEqual(
    epochs(
      [
        [0, 0],
        [100, 10],
      ],
      [5, 15, 96],
    ),
    [0, 1, 9],
  ); // several in each
  assert.deepEqual(epochs([[10, 4]], [5, 20]), [4, 4]);
  assert.deepEqual(epochs([], [5]), [0]);
});

test("a series that began anew is loaded again, and so is one that nobody knew", () => {
  assert.ok(isBare(series([9], [1, 2, 3]), series([0, 1, 2, 3], [])));
  assert.ok(isBare(series([9], [1]), undefined));
  assert.ok(!isBare(series([9], []), undefined));
  assert.ok(!isBare(series([0, 4, 8, 9], [1, 2]), series([0, 4, 8], [1, 2])));
  assert.ok(isBare(series([0, 8], [1], { kind: "alerts" }), series([0], [1], { kind: "alerts" })));
});

test("of a run that grew only what is new is asked for", () => {
  const listed = (tag: string, last_step: number) => {
    return { tag, kind: "cam", monitor: "m", last_step, last_wall_time: 0 };
  };
  const known = [series([0, 80], [40, 60]), series([0], [], { tag: "probe/x" })];
  const probe = listed("probe/x", 0);
  assert.equal(grownSince(known, [listed("m/cam", 100), probe]), 81);
  assert.equal(grownSince(known, [listed("m/cam", 100), probe, listed("new", 100)]), 81);
  assert.equal(grownSince(known, [listed("m/cam", 80), probe]), null); // written again
  assert.equal(grownSince(known, [listed("m/cam", 60), probe]), null); // resumed from before
  assert.equal(grownSince(known, [probe]), null);
});
