import assert from "node:assert/strict";
import { test } from "node:test";
import { labelPlaces } from "../src/shell/ticks";

function labelled(values: readonly number[]): number[] {
  const extent = (values.at(-1) ?? 0) - values[0] || 1;
  const shares = values.map((value) => (value - values[0]) / extent);
  return labelPlaces(shares, values).map((i) => values[i]);
}

test("few ticks all have a label", () => {
  assert.deepEqual(labelled([-1, 0, 1, 2, 3]), [-1, 0, 1, 2, 3]);
});

test("of many ticks, round ones have a label, and the last", () => {
  const epochs = Array.from({ length: 101 }, (_, i) => i - 1);
  assert.deepEqual(labelled(epochs), [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 99]);
});

test("steps that are never round still label the last", () => {
  assert.deepEqual(labelled([0, 1, 3, 7, 1175]), [0, 1175]);
  assert.deepEqual(labelPlaces([], []), []);
});

test("of several ticks of one epoch only the first has a label", () => {
  const epochs = Array.from({ length: 41 }, (_, i) => Math.floor(i / 10));
  const shares = epochs.map((_, i) => i / 40);
  assert.deepEqual(labelPlaces(shares, epochs), [0, 10, 20, 30, 40]);
  assert.deepEqual(labelPlaces(shares.slice(0, 40), epochs.slice(0, 40)), [0, 10, 20, 30]);
});
