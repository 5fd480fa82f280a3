import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeFrame, FrameError } from "../src/frame";
import { readFrame } from "../src/series";
import { frameBytes, HEADER, rawFrame, recordBytes } from "./bytes";

const record = (step: number) => ({
  step,
  wallTime: 100 + step,
  bytes: recordBytes({ ...HEADER, step, written: 7 }),
});

test("records that were to go are not missed", () => {
  const bytes = recordBytes({
    ...HEADER,
    step: 40,
    written: 700,
    keep: "the first and the last 5",
  });
  const [series] = readFrame(frameBytes([{ step: 40, wallTime: 140, bytes }]), []);
  assert.equal(series.written, 1);
});

test("a frame's records come back, with how many were written", () => {
  const [series] = readFrame(frameBytes([record(0), record(40)]), []);
  assert.deepEqual([series.run, series.tag, series.written], ["r", "m/note", 7]);
  assert.deepEqual(
    series.records.map(({ step, wallTime }) => [step, wallTime]),
    [
      [0, 100],
      [40, 140],
    ],
  );
});

test("the payload is a view, not a copy", () => {
  const buffer = frameBytes([record(0)]);
  assert.equal(decodeFrame(buffer).payload.buffer, buffer);
});

test("records that are shown already are re-used", () => {
  const [first] = readFrame(frameBytes([record(0)]), []);
  const [second] = readFrame(frameBytes([record(0), record(40)]), [first]);
  assert.equal(second.records[0], first.records[0]);
  assert.equal(second.records.length, 2);
});

const left = (step: number) => ({ ...record(step), bytes: null });

test("what was not asked for is known by its step, and joins what is shown when it comes", () => {
  const [first] = readFrame(frameBytes([record(0), left(40), left(80), record(120)]), []);
  assert.deepEqual(
    first.unloaded.map(({ step }) => step),
    [40, 80],
  );
  const [second] = readFrame(frameBytes([left(0), record(40), left(80), left(120)]), [first]);
  assert.deepEqual(
    second.records.map(({ step }) => step),
    [0, 40, 120],
  );
  assert.deepEqual(
    second.unloaded.map(({ step }) => step),
    [80],
  );
  assert.equal(second.written, 7);
});

test("what could not be read stays named, and is not waited for", () => {
  const broken = { ...record(40), bytes: new Uint8Array(3) };
  const [first] = readFrame(frameBytes([record(0), broken]), []);
  const [second] = readFrame(frameBytes([left(0), left(40)]), [first]);
  assert.deepEqual(second.unreadable, first.unreadable);
  assert.equal(second.unreadable.length, 1);
  assert.deepEqual(second.unloaded, []);
});

test("a record rewritten at the same step is read anew", () => {
  const [first] = readFrame(frameBytes([record(0)]), []);
  const [second] = readFrame(frameBytes([{ ...record(0), wallTime: 999 }]), [first]);
  assert.notEqual(second.records[0], first.records[0]);
});

test("an unreadable record is named and the others are kept", () => {
  const broken = { step: 40, wallTime: 1, bytes: new Uint8Array([1, 2, 3]) };
  const [series] = readFrame(frameBytes([record(0), broken]), []);
  assert.equal(series.records.length, 1);
  assert.deepEqual(series.unreadable, ["r, m/note, step 40: it is cut off"]);
});

test("a record of another kind than its series is named", () => {
  const other = { run: "r", tag: "t", kind: "cam", monitor: "m" };
  const [series] = readFrame(frameBytes([record(0)], other), []);
  assert.match(series.unreadable[0], /kind note, not cam/);
});

test("a record outside of the payload is named", () => {
  const slot = { step: 1, wall_time: 1, offset: 8, length: 2 ** 40 };
  const header = { series: [{ run: "r", tag: "t", kind: "note", monitor: "m", records: [slot] }] };
  const [series] = readFrame(rawFrame(header, []), []);
  assert.match(series.unreadable[0], /outside of the answer/);
});

const BROKEN: Record<string, ArrayBuffer> = {
  "no bytes": new ArrayBuffer(0),
  "an HTML page": new TextEncoder().encode("<!doctype html><p>login</p>").buffer as ArrayBuffer,
  "a header without series": rawFrame({}, []),
  "a header that is null": rawFrame(null, []),
  "a frame that is cut off": frameBytes([record(0)]).slice(0, 40),
};

for (const [what, buffer] of Object.entries(BROKEN)) {
  test(`${what} is a FrameError`, () => assert.throws(() => decodeFrame(buffer), FrameError));
}

test("a series that the server could not read is named, without records", () => {
  const unreadable = [{ run: "r", tag: "m/cam", reason: "it is broken" }];
  const [series] = readFrame(rawFrame({ panel: "overview", series: [], unreadable }, []), []);
  assert.deepEqual(series.records, []);
  assert.deepEqual(series.unreadable, ["r, m/cam: it is broken"]);
});
