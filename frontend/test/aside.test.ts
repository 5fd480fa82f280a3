import assert from "node:assert/strict";
import { test } from "node:test";
import { asideIn } from "../src/aside";
import type { Series, TrainingRecord } from "../src/types";

const LEVEL = { most: 4, room: 100 };

/** A series of `count` records, ten steps apart, of which one in `every` is loaded. */
function loaded(count: number, every: number, aside: readonly number[] = []): Series {
  const moments = Array.from({ length: count }, (_, i) => ({ step: 10 * i, epoch: i }));
  const records = moments.filter(({ step }, i) => i % every === 0 || aside.includes(step));
  const unloaded = moments.filter((moment) => !records.includes(moment));
  const named = { run: "r", tag: "t", kind: "k", monitor: "m", written: count, unreadable: [] };
  return { ...named, records: records as TrainingRecord[], unloaded, aside: new Set(aside) };
}

const arrived = (steps: readonly number[], carried: readonly number[]) =>
  steps.map((step) => ({ step, carried: carried.includes(step) }));

test("what a level holds is part of it, what is fetched around a place is not", () => {
  assert.deepEqual([...asideIn(arrived([0, 40], [0, 40]), LEVEL, undefined)], []);
  const held = loaded(10, 4);
  const around = arrived([0, 40, 50, 60, 80], [40, 50, 60]);
  assert.deepEqual([...asideIn(around, { from: 40, to: 60 }, held)], [50, 60]);
});

test("records leave their place aside once a finer level holds them, or all are loaded", () => {
  const held = loaded(10, 4, [50, 60]);
  const finer = arrived([0, 20, 40, 50, 60, 80], [20, 60]);
  assert.deepEqual([...asideIn(finer, { ...LEVEL, beyond: 4 }, held)], [50]);
  assert.deepEqual([...asideIn(finer, {}, held)], []);
  const other = arrived([0, 40, 50, 60, 80], [0, 50]);
  assert.deepEqual([...asideIn(other, LEVEL, held)], [40, 60, 80]);
});

test("of what a series grows by as large a part is left out as of the rest", () => {
  const grown = Array.from({ length: 4000 }, (_, i) => 4000 + 10 * i);
  const aside = asideIn(arrived(grown, grown), { from: 4000 }, loaded(400, 8));
  assert.ok(Math.abs(grown.length - aside.size - 500) < 80, `${grown.length - aside.size} of 500`);
  assert.equal(asideIn(arrived(grown, grown), { from: 4000 }, loaded(400, 1)).size, 0);
});
