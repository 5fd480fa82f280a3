import assert from "node:assert/strict";
import { test } from "node:test";
import { alignLines } from "../src/chart/align";

const line = (x: number[], y: number[]) => ({ label: "", colour: "", x, y });

test("lines of different moments share one axis; missing points are not holes", () => {
  const lines = [line([0, 2], [1, 2]), line([1, 2], [3, Number.NaN])];
  assert.deepEqual(alignLines(lines, false), [
    [0, 1, 2],
    [1, undefined, 2],
    [undefined, 3, null],
  ]);
});

test("a logarithmic axis has no place for zero", () => {
  assert.deepEqual(alignLines([line([0, 1], [0, 0.5])], true), [
    [0, 1],
    [null, 0.5],
  ]);
});
