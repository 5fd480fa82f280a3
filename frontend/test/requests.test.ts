import assert from "node:assert/strict";
import { test } from "node:test";
import { runSignature } from "../src/catalog";
import { firstLevelFor, levelFor } from "../src/detail";
import { type LoadedRun, whatIsMissing } from "../src/requests";
import type { Series, TrainingRecord } from "../src/types";

function listed(run: string, last: number) {
  const cam = { tag: "m/cam", kind: "cam", monitor: "m", last_step: last, last_wall_time: last };
  return { run, start_time: null, series: [cam] };
}

function holding(last: number, left: readonly number[], most: number): LoadedRun {
  const record = { step: last, epoch: 0, arrays: {} } as unknown as TrainingRecord;
  const unloaded = left.map((step) => ({ step, epoch: step }));
  const series = { run: "a", tag: "m/cam", kind: "cam", records: [record], unloaded };
  const signature = runSignature(listed("a", last));
  return { signature, series: [series as unknown as Series], most };
}

/** What is asked for of a run "a" whose last step is `last`, of so many runs. */
function asked(known: LoadedRun | null, last: number, runs = 1) {
  const all = Array.from({ length: runs }, (_, n) => listed(n === 0 ? "a" : `other${n}`, last));
  const requests = whatIsMissing(all, new Map(known ? [["a", known]] : []));
  return requests.find((request) => request.runs.has("a"))?.detail ?? null;
}

const first = firstLevelFor(1);
const full = levelFor(1);

test("a run is first asked for coarsely, and then for all else that is to be loaded", () => {
  assert.deepEqual(asked(null, 90), first);
  assert.deepEqual(asked(holding(90, [10], first.most), 90), { ...full, beyond: 4 });
  assert.equal(asked(holding(90, [10], full.most), 90), null);
});

test("what came whole is not asked for again", () => {
  assert.equal(asked(holding(90, [], first.most), 90), null);
});

test("a first part is the server's own part of the whole, however many runs there are", () => {
  for (const runs of [1, 3, 7, 8, 10, 99, 1000]) {
    const [part, whole] = [firstLevelFor(runs), levelFor(runs)];
    assert.deepEqual(part, { most: Math.floor(whole.most / 4), room: Math.floor(whole.room / 4) });
    assert.ok(part.most >= 2);
  }
});

test("three runs of a hundred epochs come whole at once", () => {
  assert.ok(firstLevelFor(3).most >= 101);
});

test("of a run that has grown what is new is asked for, of one that shrank all", () => {
  assert.deepEqual(asked(holding(90, [10], full.most), 120), { from: 91 });
  assert.deepEqual(asked(holding(90, [10], full.most), 60), first);
});

test("runs that are shown among fewer are asked for in more detail", () => {
  const coarse = holding(90, [10], levelFor(100).most);
  assert.equal(asked(coarse, 90, 100), null);
  assert.deepEqual(asked(coarse, 90, 1), first);
  assert.deepEqual(asked(holding(90, [10], levelFor(3).most), 90, 1), full);
});

test("runs that lack the same are asked for together", () => {
  const both = [listed("a", 90), listed("b", 90)];
  const requests = whatIsMissing(both, undefined);
  assert.deepEqual(
    requests.map(({ runs }) => [...runs.keys()]),
    [["a", "b"]],
  );
});
