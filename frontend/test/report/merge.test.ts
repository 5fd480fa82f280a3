import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeFrame } from "../../src/frame";
import { mergeFrames } from "../../src/report/merge";
import { readFrame } from "../../src/series";
import { frameBytes, HEADER, recordBytes } from "../bytes";

const frame = (...steps: number[]) =>
  frameBytes(
    steps.map((step) => ({
      step,
      wallTime: step,
      bytes: recordBytes({ ...HEADER, step, written: 1 }),
    })),
  );

test("merged frames hold the series of each, in their order", () => {
  const merged = readFrame(mergeFrames([frame(0, 40), frame(80)]), []);
  assert.deepEqual(
    merged.map(({ records }) => records.map(({ step }) => step)),
    [[0, 40], [80]],
  );
  assert.deepEqual(
    merged.flatMap(({ unreadable }) => unreadable),
    [],
  );
});

test("records of a merged frame lie where arrays may be viewed", () => {
  const { series, payload } = decodeFrame(mergeFrames([frame(0), frame(1, 2), frame(3)]));
  for (const { offset } of series.flatMap(({ slots }) => slots)) {
    assert.equal((payload.byteOffset + offset) % 8, 0);
  }
});

test("no frames merge into one without series", () => {
  assert.deepEqual(readFrame(mergeFrames([]), []), []);
});
