import assert from "node:assert/strict";
import { test } from "node:test";
import { indexRuns } from "../../src/panels/attributions/records";
import { isAbsence, mapOf, sourceOf } from "../../src/panels/attributions/sources";
import { cam, gap, probe, SHIRT, series } from "./fixture";

const records = [probe(), cam(0, -1, [1, 2, 3, 4]), gap(10, 0, "out of memory")];
const [run] = indexRuns(series("a", records), ["a"]);
const question = { method: "gradcam", layer: null, target: "label" };

test("a source finds a sample's map by its hash", () => {
  const source = sourceOf(run, run.moments[0], question);
  assert.ok(!isAbsence(source));
  const map = mapOf(source, SHIRT);
  assert.ok(!isAbsence(map));
  assert.deepEqual([map.start, map.height, map.width], [0, 1, 2]);
  const unknown = mapOf(source, "of no sample");
  assert.ok(isAbsence(unknown));
});

test("a gap gives the monitor's own words", () => {
  assert.deepEqual(sourceOf(run, run.moments[1], question), { reason: "out of memory", gap: true });
});

test("what was not recorded is named beside what was", () => {
  const absent = sourceOf(run, run.moments[0], { ...question, layer: "stem" });
  assert.ok(isAbsence(absent));
  assert.match(
    absent.reason,
    /No gradcam of stem for target label here; recorded: gradcam of feat/,
  );
});
