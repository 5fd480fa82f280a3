import assert from "node:assert/strict";
import { test } from "node:test";
import type { CatalogRun } from "../src/api";
import {
  filterRuns,
  isLive,
  lastStep,
  lengthOf,
  oldestFirst,
  runSignature,
  shownRuns,
} from "../src/catalog";
import { record, series } from "./layers/fixture";

function run(name: string, wallTime: number, step = 0): CatalogRun {
  const series = {
    tag: "m/cam",
    kind: "cam",
    monitor: "m",
    last_step: step,
    last_wall_time: wallTime,
  };
  return { run: name, start_time: null, series: [series] };
}

const catalog = (runs: CatalogRun[]) => ({ experiment: "", runs, unreadable: [] });

test("by default the eight most recent runs are shown, in the catalog's order", () => {
  const runs = Array.from({ length: 12 }, (_, i) => run(`run${i}`, i));
  const expected = runs.slice(4).map((entry) => entry.run);
  assert.deepEqual(shownRuns(catalog(runs), null), expected);
});

test("wished runs are shown in the catalog's order, gone ones left out", () => {
  assert.deepEqual(shownRuns(catalog([run("a", 1), run("b", 2)]), ["b", "gone", "a"]), ["a", "b"]);
  assert.deepEqual(shownRuns(catalog([run("a", 1)]), []), []);
  assert.deepEqual(shownRuns(null, null), []);
});

test("a run is live for two minutes after its newest record", () => {
  assert.ok(isLive(run("a", 1000), 1100));
  assert.ok(!isLive(run("a", 1000), 1121));
  assert.ok(!isLive(run("clock far ahead", 9e9), 1000));
});

test("a run is as long as its last record says, and never as what happens to be loaded", () => {
  const entry = run("run", 1, 1200);
  const [probe] = series("run", [record("probe", 0, {})]);
  assert.equal(lengthOf(entry, []), "step 1,200");
  assert.equal(lengthOf(entry, [probe]), "step 1,200");
  const last = { ...record("cam", 1200, {}), epoch: 3 };
  assert.equal(lengthOf(entry, [probe, ...series("run", [last])]), "4 epochs");
  assert.equal(lengthOf(entry, series("other", [last])), "step 1,200");
});

test("a run's signature changes with its records", () => {
  assert.equal(runSignature(run("a", 1)), runSignature(run("a", 1)));
  assert.notEqual(runSignature(run("a", 1)), runSignature(run("a", 2)));
});

test("the filter is a regular expression, and a broken one says so", () => {
  const runs = [run("clean", 1), run("Shortcut", 1)];
  assert.deepEqual(
    filterRuns(runs, "^short").runs.map((entry) => entry.run),
    ["Shortcut"],
  );
  const broken = filterRuns(runs, "((");
  assert.equal(broken.runs.length, 2);
  assert.match(broken.error ?? "", /regular expression/);
});

test("a run without series has no last step", () => {
  assert.equal(lastStep({ run: "a", start_time: null, series: [] }), -1);
});

test("runs are ordered by their start, those without one last", () => {
  const started = (name: string, time: number | null) => ({ ...run(name, 0), start_time: time });
  const runs = [started("c", null), started("b", 2), started("a", 2), started("d", 1)];
  assert.deepEqual(oldestFirst(runs), ["d", "a", "b", "c"]);
});
