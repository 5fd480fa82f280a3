import assert from "node:assert/strict";
import { test } from "node:test";
import { choice, flag, number, optional, texts } from "../src/codec";

test("lists of any texts survive", () => {
  const lists = [
    [],
    [""],
    ["a"],
    ["a,b", "~", "~1", "~2", ""],
    ["emoji 🎉", "<img onerror>", "../.."],
  ];
  for (const list of lists) assert.deepEqual(texts.decode(texts.encode(list)), list);
});

test("numbers survive and what is none is refused", () => {
  for (const value of [0, -1.5, 1e21, 0.1])
    assert.equal(number.decode(number.encode(value)), value);
  for (const text of ["", " ", "x", "NaN", "Infinity"])
    assert.equal(number.decode(text), undefined);
});

test("flags and choices refuse what they do not know", () => {
  assert.equal(flag.decode(flag.encode(true)), true);
  assert.equal(flag.decode("yes"), undefined);
  assert.equal(choice(["a", "b"]).decode("b"), "b");
  assert.equal(choice(["a", "b"]).decode("constructor"), undefined);
});

test("an optional value passes its inner codec's values", () => {
  assert.equal(optional(number).decode("3"), 3);
});
