import assert from "node:assert/strict";
import { test } from "node:test";
import { computed, signal } from "@preact/signals";
import { linked } from "../src/linked";

test("a linked signal reads what is derived and writes to its source", () => {
  const source = signal(1);
  const doubled = linked(
    () => source.value * 2,
    (value) => {
      source.value = value / 2;
    },
  );
  const seen = computed(() => doubled.value + 1);
  assert.deepEqual([doubled.value, doubled.peek(), seen.value], [2, 2, 3]);
  doubled.value = 10;
  assert.deepEqual([source.value, doubled.value, seen.value], [5, 10, 11]);
});
