import assert from "node:assert/strict";
import { test } from "node:test";
import { isOurs, readEntries, writeEntries } from "../src/location";

test("entries survive, whatever characters they hold", () => {
  const entries = new Map([
    ["runs", "a,b~1&c=d #%"],
    ["step", "400"],
    ["x", "🎉<img>"],
  ]);
  assert.deepEqual(readEntries(writeEntries("#tb_explain", entries)), entries);
});

test("TensorBoard's own entries stay", () => {
  const hash = writeEntries(
    "#scalars&_smoothingWeight=0.6&p.tb_explain.step=1",
    new Map([["step", "2"]]),
  );
  assert.equal(hash, "#tb_explain&_smoothingWeight=0.6&p.tb_explain.step=2");
});

test("what cannot be decoded is left out", () => {
  assert.equal(readEntries("#tb_explain&p.tb_explain.step=%E0%A4%A&p.tb_explain.a=1=2&&=").size, 0);
});

test("a lone surrogate does not stop the writing", () => {
  const hash = writeEntries("", new Map([["run", "a\ud800"]]));
  assert.equal(readEntries(hash).get("run"), "a\ufffd");
});

test("a hash is ours unless it opens another plugin", () => {
  const hashes = [
    "",
    "#",
    "#tb_explain",
    "#tb_explain&a=1",
    "#p.tb_explain.step=1",
    "#scalars",
    "#x&p.tb_explain.step=1",
  ];
  assert.deepEqual(hashes.map(isOurs), [true, true, true, true, true, false, false]);
});
