import assert from "node:assert/strict";
import { test } from "node:test";
import { holesOf, isBareBetween } from "../src/holes";
import type { Series, TrainingRecord } from "../src/types";

interface At {
  readonly step: number;
  readonly written: number;
}

function seriesOf(records: readonly At[], left: readonly number[] = []): Series {
  const unloaded = left.map((step) => ({ step, epoch: 0 }));
  const named = { run: "r", tag: "t", kind: "k", monitor: "m", written: 0, unreadable: [] };
  return { ...named, records: records as TrainingRecord[], unloaded };
}

/** Records of a run that wrote one every ten steps, and kept those of `indices`. */
const kept = (indices: readonly number[]) =>
  seriesOf(indices.map((i) => ({ step: 10 * i, written: i + 1 })));

const range = (from: number, upTo: number) =>
  Array.from({ length: upTo - from }, (_, i) => from + i);

const places = (series: Series) => holesOf(series).map(({ after, step }) => [after, step]);

test("a run that was recorded regularly has no holes", () => {
  assert.deepEqual(places(kept(range(0, 50))), []);
  assert.deepEqual(places(kept([0, 1])), []);
  assert.deepEqual(places(kept([])), []);
});

test("what lies between the first record and the last that are kept is a hole", () => {
  const series = kept([0, ...range(950, 1000)]);
  assert.deepEqual(holesOf(series), [{ after: 0, step: 9500, held: 1 / 950 }]);
});

test("thinned records stand for as long as those that are gone did", () => {
  const series = kept([...range(0, 10), 18, 26, 34, ...range(35, 40)]);
  assert.deepEqual(holesOf(series), [
    { after: 90, step: 180, held: 1 / 9 },
    { after: 180, step: 260, held: 1 / 8 },
    { after: 260, step: 340, held: 1 / 8 },
  ]);
});

test("records that are not loaded make no hole, and don't hide one", () => {
  const all = range(0, 40).map((i) => ({ step: 10 * i, written: i + 1 }));
  const [held, left] = [all.filter((_, i) => i % 4 === 0), all.filter((_, i) => i % 4 !== 0)];
  const steps = left.map(({ step }) => step);
  assert.deepEqual(places(seriesOf([...held, all[39]], steps)), []);
  const without = steps.filter((step) => step < 60 || step > 180);
  const holed = held.filter(({ step }) => step < 60 || step > 180);
  assert.deepEqual(places(seriesOf([...holed, all[39]], without)), [[50, 190]]);
});

test("where a resumed training left a hole, its records count on", () => {
  const steps = [...range(0, 20), ...range(60, 80)];
  const series = seriesOf(steps.map((step, i) => ({ step, written: i + 1 })));
  assert.deepEqual(holesOf(series), [{ after: 19, step: 60, held: 1 / 41 }]);
});

test("intervals that widen, or are of two kinds, are no holes", () => {
  const widened = [...range(0, 10), 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64];
  assert.deepEqual(places(seriesOf(widened.map((step, i) => ({ step, written: i + 1 })))), []);
  const mixed = range(0, 10).flatMap((epoch) => [105 * epoch, 105 * epoch + 50, 105 * epoch + 100]);
  assert.deepEqual(places(seriesOf(mixed.map((step, i) => ({ step, written: i + 1 })))), []);
});

test("a line is bare where all of a run's series are", () => {
  const [holed, whole] = [kept([0, 1, 2, ...range(30, 40)]), kept(range(0, 40))];
  assert.ok(isBareBetween([holed], 20, 300));
  assert.ok(!isBareBetween([holed], 10, 20));
  assert.ok(!isBareBetween([holed, whole], 20, 300));
  assert.ok(isBareBetween([holed, kept([38, 39])], 20, 300));
});
