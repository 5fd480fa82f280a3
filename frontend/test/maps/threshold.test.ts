import assert from "node:assert/strict";
import { test } from "node:test";
import { threshold } from "../../src/maps/threshold";

test("small shares of either sign become zero, what is not finite stays", () => {
  const shares = Float32Array.of(-0.5, -0.1, 0.1, 0.5, NaN);
  assert.deepEqual([...threshold(shares, 0.25)], [-0.5, 0, 0, 0.5, NaN]);
});

test("level zero gives the shares back", () => {
  const shares = Float32Array.of(0.1);
  assert.equal(threshold(shares, 0), shares);
});
