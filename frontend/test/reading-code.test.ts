import assert from "node:assert/strict";
import { test } from "node:test";
import { pythonString, readingCode } from "../src/shell/reading-code";
import type { Series } from "../src/types";

test("names are literals of Python whatever is in them", () => {
  assert.equal(pythonString("a/b"), '"a/b"');
  assert.equal(pythonString('"\\\n\0'), '"\\"\\\\\\n\\u0000"');
});

test("what cannot be seen is written out", () => {
  assert.equal(pythonString("a\u202eb\u2028"), '"a\\u202eb\\u2028"');
  assert.equal(pythonString("\u{e0001}"), '"\\U000e0001"');
});

test("a run may be read at two places, each by its newest record", () => {
  const records = [0, 40, 80].map((step) => ({ step }));
  const series = { run: "a", tag: "gradcam/cam", records } as unknown as Series;
  const places = [
    { run: "a", step: 79 },
    { run: "a", step: 80 },
    { run: "b", step: 80 },
  ];
  const code = readingCode("logs", [series], places);
  assert.deepEqual(code.match(/ {4}\(.*/g), [
    '    ("a", "gradcam/cam", 40),',
    '    ("a", "gradcam/cam", 80),',
  ]);
});
