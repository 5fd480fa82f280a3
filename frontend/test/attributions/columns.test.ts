import assert from "node:assert/strict";
import { test } from "node:test";
import {
  columnsOf,
  momentAt,
  NOTHING,
  UNLOADED,
  worthShowing,
} from "../../src/panels/attributions/columns";
import { labelledColumns } from "../../src/panels/attributions/heads";
import { indexRuns } from "../../src/panels/attributions/records";
import { cam, series } from "./fixture";

const at = (run: string, ...moments: [step: number, epoch: number][]) =>
  series(
    run,
    moments.map(([step, epoch]) => cam(step, epoch, [0, 0])),
  );

test("runs of different batch sizes align by epoch", () => {
  const runs = indexRuns(
    [...at("a", [0, -1], [10, 0], [20, 1]), ...at("b", [0, -1], [25, 0])],
    ["a", "b"],
  );
  const columns = columnsOf(runs);
  assert.deepEqual(
    columns.map(({ label }) => label),
    ["untrained", "0", "1"],
  );
  assert.deepEqual([...columns[1].moments], [1, 1]);
  assert.deepEqual([...columns[2].moments], [2, -1]);
});

test("several records within an epoch are columns of their own", () => {
  const columns = columnsOf(indexRuns(at("a", [5, 0], [1000, 0]), ["a"]));
  assert.deepEqual(
    columns.map(({ label, unit }) => (unit === "step" ? label : "")),
    ["5", "1,000"],
  );
});

test("by step they are columns of steps, whatever the epochs", () => {
  const columns = columnsOf(indexRuns(at("a", [0, -1], [10, 0], [20, 1]), ["a"]), "step");
  assert.deepEqual(
    columns.map(({ label, unit }) => (unit === "step" ? label : "")),
    ["untrained", "10", "20"],
  );
});

/** A run of which every `nth` epoch was loaded of `count`. */
function thinned(run: string, count: number, nth: number, offset = 0) {
  const all = [...Array(count).keys()].map((epoch) => ({ step: 10 * epoch, epoch }));
  const isLoaded = ({ epoch }: { epoch: number }) => epoch % nth === offset;
  const [entry] = at(run, ...all.filter(isLoaded).map((m): [number, number] => [m.step, m.epoch]));
  return { ...entry, written: count, unloaded: all.filter((moment) => !isLoaded(moment)) };
}

test("what was not loaded of a run is told from what it did not record", () => {
  const runs = indexRuns([thinned("a", 6, 4), thinned("b", 8, 2)], ["a", "b"]);
  const columns = columnsOf(runs);
  assert.deepEqual(
    columns.map(({ epoch, moments }) => [epoch, moments[0]]),
    [
      [0, 0],
      [2, UNLOADED],
      [4, 1],
      [6, NOTHING],
    ],
  );
  assert.deepEqual(
    columns.map(({ unloaded }) => unloaded),
    [
      [false, false],
      [true, false],
      [false, false],
      [false, false],
    ],
  );
});

test("of a long and a short run the moments are shown that are loaded of both", () => {
  const columns = columnsOf(indexRuns([thinned("a", 800, 8), thinned("b", 400, 2)], ["a", "b"]));
  const shown = worthShowing(columns, [99, 199]);
  assert.equal(columns.length, 250);
  // Every eighth, and the last of the short run, where the scrubber stands for it.
  assert.equal(shown.length, 101);
  assert.equal(shown.filter(({ unloaded }) => unloaded.includes(true)).length, 1);
});

test("where hardly any moment is loaded of both runs, all are shown", () => {
  const columns = columnsOf(indexRuns([thinned("a", 800, 8), thinned("b", 400, 8, 3)], ["a", "b"]));
  assert.equal(worthShowing(columns, [99, 49]), columns);
});

test("the scrubber stands at a run's newest record", () => {
  const [run] = indexRuns(at("a", [0, -1], [10, 0]), ["a"]);
  assert.equal(momentAt(run, 9), 0);
  assert.equal(momentAt(run, 99), 1);
  assert.equal(momentAt(run, -1), -1);
});

const none = (count: number) => new Array<boolean>(count).fill(false);

test("labels that fit all stand, of wider ones as many as there is room for", () => {
  assert.equal(labelledColumns(new Array(9).fill(20), none(9), 36).size, 9);
  assert.deepEqual([...labelledColumns(new Array(9).fill(40), none(9), 36)], [0, 2, 4, 6, 8]);
  assert.deepEqual([...labelledColumns(new Array(12).fill(60), none(12), 16)], [0, 5, 10]);
});

test("the scrubbed column always has a label, and nothing stands in its way", () => {
  const marked = none(12).fill(true, 5, 6);
  assert.deepEqual([...labelledColumns(new Array(12).fill(60), marked, 16)], [0, 10, 5]);
  const twice = none(12).fill(true, 5, 7);
  assert.deepEqual([...labelledColumns(new Array(12).fill(60), twice, 16)], [0, 10, 5]);
});
