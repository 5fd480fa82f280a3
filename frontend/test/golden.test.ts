import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { decodeRecord } from "../src/record";

const FOLDER = join(process.cwd(), "..", "tests", "golden");

const stems = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".bin"))
  .map((name) => name.slice(0, -".bin".length));

test("there are golden records", () => assert.ok(stems.length > 0));

for (const stem of stems) {
  test(`the golden record ${stem} holds what its description says`, () => {
    const bytes = new Uint8Array(readFileSync(join(FOLDER, `${stem}.bin`)));
    const expected = JSON.parse(readFileSync(join(FOLDER, `${stem}.json`), "utf8"));
    const record = decodeRecord(bytes, 1);
    for (const name of ["kind", "monitor", "step", "epoch", "written"] as const) {
      assert.equal(record[name], expected[name], name);
    }
    assert.deepEqual(record.fields, expected.fields);
    assert.deepEqual(Object.keys(record.arrays).sort(), Object.keys(expected.arrays).sort());
    for (const [name, array] of Object.entries(record.arrays)) {
      assert.deepEqual(array.shape, expected.arrays[name].shape, name);
      assert.deepEqual([...array.data].map(plain), expected.arrays[name].data.map(plain), name);
    }
  });
}

/** JSON has no NaN, no infinities and no big integers: both sides are written out. */
function plain(value: unknown): string {
  return value === null ? "NaN" : String(value);
}
