import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { checkPlan } from "../../src/kinds/plan";
import { checkSensitivity } from "../../src/kinds/sensitivity";
import { tracksOf } from "../../src/panels/sensitivity/readings";
import { decodeRecord, RecordError } from "../../src/record";
import type { TrainingRecord } from "../../src/types";

const FOLDER = join(process.cwd(), "..", "tests", "golden");
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(FOLDER, `${name}.bin`)));
const golden = (name: string) => decodeRecord(bytesOf(name), 1);

type Change = (record: TrainingRecord) => Partial<TrainingRecord>;
const fields =
  (changed: Record<string, unknown>): Change =>
  ({ fields }) => ({
    fields: { ...fields, ...changed },
  });
const unit =
  (changed: Record<string, unknown>): Change =>
  (record) => {
    const units = record.fields.units as Record<string, unknown>[];
    return fields({ units: [{ ...units[0], ...changed }, ...units.slice(1)] })(record);
  };

const WRONG: Record<string, Change> = {
  "an unknown edit": fields({ edit: "magic" }),
  "no samples": fields({ samples: -1 }),
  "levels without names": fields({ level_names: [1, 2, 3] }),
  "more names than levels": fields({ level_names: ["a", "b", "c", "d"] }),
  "units that are no list": fields({ units: {} }),
  "more units than can be drawn": fields({ units: Array(20_001).fill({}) }),
  "a layer of a unit that there is not": fields({
    layers: [{ name: "a", parameters: 1, macs: 1, seconds: null, out: 2, ins: [] }],
  }),
  "an estimate without a name": fields({ estimate: 3 }),
  "a loss that is text": fields({ dense: { loss: "<b>" } }),
  "a unit without a name": unit({ name: null }),
  "two units of one name": unit({ name: "größe.<b>.weight" }),
  "a size that is no count": unit({ size: 1.5 }),
  "a shape that is text": unit({ shape: "3x3" }),
  "values of another shape": ({ arrays }) => ({
    arrays: { ...arrays, kl: { ...arrays.kl, shape: [3, 2] } },
  }),
  "no values": ({ arrays }) => ({
    arrays: { levels: arrays.levels, shares: arrays.shares },
  }),
  "an error that is missing": ({ arrays: { "kl.error": _, ...arrays } }) => ({ arrays }),
  "counts that are not whole": ({ arrays }) => ({
    arrays: { ...arrays, "counts.lamp": arrays.kl },
  }),
};

for (const [what, change] of Object.entries(WRONG)) {
  test(`a sensitivity with ${what} is named, not drawn`, () => {
    const record = golden("v1_sensitivity");
    assert.equal(checkSensitivity(record), null);
    assert.equal(typeof checkSensitivity({ ...record, ...change(record) }), "string");
  });
}

const planOf = () => golden("v1_plan_finished").fields.plan as Record<string, unknown>;

const WRONG_PLANS: Record<string, Record<string, unknown>> = {
  "an unknown stage": { stage: "begun" },
  "no plan": { plan: null },
  "candidates that are no list": { candidates: null },
  "a candidate without figures": { candidates: [{ allocator: "a", predicted: null }] },
  "a budget that keeps nothing": { plan: { ...planOf(), budget: { of: "macs", keep: 0 } } },
  "a budget of something else": { plan: { ...planOf(), budget: { of: "hats", keep: 1 } } },
  "figures that are text": { before: { metric: "<img>" } },
};

for (const [what, changed] of Object.entries(WRONG_PLANS)) {
  test(`a plan with ${what} is named, not drawn`, () => {
    const record = golden("v1_plan_finished");
    assert.equal(checkPlan(record), null);
    assert.equal(typeof checkPlan({ ...record, ...fields(changed)(record) }), "string");
  });
}

for (const name of ["v1_sensitivity", "v1_plan_finished"]) {
  test(`whatever byte of ${name} is wrong, the answer is a record or a RecordError`, () => {
    const good = bytesOf(name);
    for (let i = 0; i < good.length; i += 7) {
      const bytes = good.slice();
      bytes[i] = 0x39;
      try {
        decodeRecord(bytes, 0);
      } catch (error) {
        assert.ok(error instanceof RecordError, `byte ${i}: ${error}`);
      }
    }
  });
}

test("readings are kept apart by run, monitor and edit, gaps beside them", () => {
  const records = [golden("v1_sensitivity"), golden("v1_sensitivity_gap")];
  const of = (monitor: string, own: readonly TrainingRecord[]) => ({
    run: "r",
    tag: `${monitor}/sensitivity`,
    kind: "sensitivity",
    monitor,
    records: own,
    written: own.length,
    unloaded: [],
    unreadable: [],
  });
  const tracks = tracksOf([of("a", records), of("b", [golden("v1_sensitivity_bits")])]);
  assert.deepEqual(
    tracks.map(({ monitor, edit, readings, gaps }) => [
      monitor,
      edit,
      readings.length,
      gaps.length,
    ]),
    [
      ["a", "unstructured", 1, 1],
      ["b", "bits", 1, 0],
    ],
  );
  assert.deepEqual([...tracks[0].readings[0].tables].sort(), ["global_magnitude", "lamp"]);
});
