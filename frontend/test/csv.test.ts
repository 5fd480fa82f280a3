import assert from "node:assert/strict";
import { test } from "node:test";
import { toCsv } from "../src/csv";

test("cells are quoted where they must be", () => {
  assert.equal(
    toCsv(
      ["a", "b"],
      [
        ["x,y", 'say "hi"'],
        ["line\nbreak", null],
      ],
    ),
    'a,b\r\n"x,y","say ""hi"""\r\n"line\nbreak",\r\n',
  );
});

test("text that a spreadsheet would run is disarmed; numbers stay numbers", () => {
  assert.equal(
    toCsv(["r"], [["=1+1"], ["@x"], [-2.5], [Number.NaN]]),
    "r\r\n'=1+1\r\n'@x\r\n-2.5\r\nNaN\r\n",
  );
});

test("32-bit numbers come without invented digits, large steps whole", () => {
  assert.equal(toCsv(["v"], [[Math.fround(0.1)], [123456789]]), "v\r\n0.1\r\n123456789\r\n");
});
