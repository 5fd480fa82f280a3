import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf, momentAt } from "../../src/panels/attributions/columns";
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
  const columns = columnsOf(indexRuns(at("a", [5, 0], [10, 0]), ["a"]));
  assert.deepEqual(
    columns.map(({ label }) => label),
    ["step 5", "step 10"],
  );
});

test("the scrubber stands at a run's newest record", () => {
  const [run] = indexRuns(at("a", [0, -1], [10, 0]), ["a"]);
  assert.equal(momentAt(run, 9), 0);
  assert.equal(momentAt(run, 99), 1);
  assert.equal(momentAt(run, -1), -1);
});
