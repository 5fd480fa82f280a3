import assert from "node:assert/strict";
import { test } from "node:test";
import { LeastRecentlyUsed } from "../../src/panels/attributions/lru";

test("the least recently used entry goes first", () => {
  const cache = new LeastRecentlyUsed<string, number>(10);
  cache.set("a", 1, 4);
  cache.set("b", 2, 4);
  cache.get("a");
  cache.set("c", 3, 4);
  assert.deepEqual([cache.get("a"), cache.get("b"), cache.get("c")], [1, undefined, 3]);
  assert.equal(cache.total, 8);
});

test("an entry larger than the bound is kept alone", () => {
  const cache = new LeastRecentlyUsed<string, number>(10);
  cache.set("a", 1, 4);
  cache.set("big", 2, 40);
  assert.deepEqual([cache.get("a"), cache.get("big")], [undefined, 2]);
});

test("replacing an entry counts its size once", () => {
  const cache = new LeastRecentlyUsed<string, number>(10);
  cache.set("a", 1, 4);
  cache.set("a", 2, 6);
  assert.equal(cache.total, 6);
});
