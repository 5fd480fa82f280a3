import assert from "node:assert/strict";
import { test } from "node:test";
import { colourTable, pack } from "../../src/maps/colormaps";
import type { Ink } from "../../src/maps/compose";
import { compose } from "../../src/maps/compose";

const grey = pack([100, 100, 100]);
const ground = pack([10, 20, 30]);
const ink = (changes: Partial<Ink> = {}): Ink => ({
  table: colourTable("viridis"),
  signed: false,
  opacity: 1,
  threshold: 0,
  solid: false,
  ground,
  ...changes,
});
const shares = (...values: number[]) => Float32Array.of(...values);
const picture = Uint32Array.of(grey, grey, grey);

test("zero leaves the picture, half and more hide it at full opacity", () => {
  const out = compose(picture, shares(0, 0.5, 1), 3, ink());
  const table = colourTable("viridis");
  assert.deepEqual([...out], [grey, table[128], table[255]]);
});

test("opacity mixes the strongest colour with the picture", () => {
  const [pixel] = compose(picture, shares(1), 1, ink({ opacity: 0.5 }));
  const red = pixel! & 255;
  assert.ok(Math.abs(red - (100 + 253) / 2) <= 1, `${red}`);
  assert.equal(pixel! >>> 24, 255);
});

test("an all-zero map drawn alone is one colour: the lowest", () => {
  const out = compose(picture, shares(0, 0, 0), 3, ink({ solid: true }));
  assert.deepEqual(new Set(out), new Set([colourTable("viridis")[0]]));
});

test("zero of a signed map lies in the middle of a diverging table", () => {
  const table = colourTable("vik");
  const out = compose(null, shares(-1, 0, 1), 3, ink({ table, signed: true, solid: true }));
  assert.deepEqual([...out], [table[0], table[128], table[255]]);
});

test("below the threshold the picture shows, or the ground where there is none", () => {
  const out = compose(picture, shares(0.2, 0.2), 2, ink({ threshold: 0.3 }));
  assert.deepEqual([...out], [grey, grey]);
  const alone = compose(null, shares(0.2), 1, ink({ threshold: 0.3 }));
  assert.deepEqual([...alone], [ground]);
});

test("what is not finite is hatched in a colour that no map contains", () => {
  const out = compose(null, new Float32Array(12).fill(NaN), 12, ink({ solid: true }));
  const known = new Set([...colourTable("viridis"), ...colourTable("vik")]);
  assert.equal(new Set(out).size, 2);
  assert.ok([...out].every((pixel) => !known.has(pixel)));
  assert.deepEqual([...compose(null, shares(Infinity), 1, ink())], [out[0]]);
});
