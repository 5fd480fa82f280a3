import assert from "node:assert/strict";
import { test } from "node:test";
import { drawnLine, markOf } from "../src/chart/level";

const WHOLE = [0, 8] as const;

/** Records at 0, 4, 5, 6 and 8, of which 5 and 6 were fetched since one stood there. */
const LINE = {
  label: "run",
  colour: "red",
  x: [0, 4, 5, 6, 8],
  y: [0, 40, 99, 60, 80],
  aside: [false, false, true, true, false],
  partial: [false, true, false, false, true],
};

test("a line is drawn through a level, not through what was fetched around the scrubber", () => {
  assert.deepEqual(drawnLine(LINE, WHOLE).x, [0, 4, 8]);
  assert.deepEqual(drawnLine(LINE, WHOLE).y, [0, 40, 80]);
});

test("where all records of what is shown are loaded, it is drawn through all of them", () => {
  assert.deepEqual(drawnLine(LINE, [4, 6]).x, [0, 4, 5, 6, 8]);
  assert.deepEqual(drawnLine(LINE, [4, 8]).x, [0, 4, 8]);
});

test("the record at the scrubber is a point of its own, unless the line has it", () => {
  assert.deepEqual(markOf(LINE, WHOLE, 5.5)?.y, [99]);
  assert.equal(markOf(LINE, WHOLE, 4), null);
  assert.equal(markOf(LINE, [4, 6], 5), null);
});

test("a line stays bare where any of the points that are left out was", () => {
  const bare = [false, false, true, false, false];
  assert.deepEqual(drawnLine({ ...LINE, bare }, WHOLE).bare, [false, false, true]);
});

test("what is whole is drawn as it is", () => {
  const { label, colour, x, y } = LINE;
  const line = { label, colour, x, y };
  assert.equal(drawnLine(line, WHOLE), line);
});
