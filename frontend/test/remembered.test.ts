import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRemembered } from "../src/remembered";

test("what a person set is found again, and nothing else", () => {
  const kept = parseRemembered('{"attributions.opacity":"0.4","runs":"a,b","axis":"step"}');
  assert.deepEqual([...kept.keys()], ["attributions.opacity", "axis"]);
});

test("what nobody of us wrote is nothing", () => {
  for (const text of [
    null,
    "",
    "{",
    "[]",
    "null",
    "7",
    '{"axis":1}',
    '{"__proto__":{"axis":"x"}}',
  ]) {
    assert.equal(parseRemembered(text).size, 0, String(text));
  }
});
