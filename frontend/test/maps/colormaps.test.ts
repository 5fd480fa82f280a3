import assert from "node:assert/strict";
import { test } from "node:test";
import type { Colour, ColourMapName } from "../../src/maps/colormaps";
import {
  colourAt,
  colourTable,
  DIVERGING,
  divergingFor,
  SEQUENTIAL,
  TABLE_SIZE,
} from "../../src/maps/colormaps";

/** CIE 1976 lightness of an sRGB colour, in [0, 100]. */
function lightness(colour: Colour): number {
  const [r, g, b] = colour.map((c) =>
    c <= 10.31 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4,
  );
  const y = 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  return y > 216 / 24389 ? 116 * Math.cbrt(y) - 16 : (y * 24389) / 27;
}

const lightnessOf = (name: ColourMapName, points = 65) =>
  Array.from({ length: points }, (_, i) => lightness(colourAt(name, i / (points - 1))));

for (const name of SEQUENTIAL) {
  test(`${name} grows lighter all the way, and evenly`, () => {
    const steps = lightnessOf(name)
      .slice(1)
      .map((value, i) => value - lightnessOf(name)[i]);
    assert.ok(
      steps.every((step) => step > 0),
      `${Math.min(...steps)}`,
    );
    assert.ok(Math.max(...steps) < 4, `${Math.max(...steps)}`);
  });
}

for (const name of DIVERGING) {
  const away = name === "berlin" ? "lighter" : "darker";
  test(`${name} grows ${away} from its middle towards both ends`, () => {
    const values = lightnessOf(name);
    const sign = away === "lighter" ? 1 : -1;
    for (let i = 1; i <= 32; i++) {
      assert.ok(sign * (values[32 + i] - values[31 + i]) > 0, `right ${i}`);
      assert.ok(sign * (values[32 - i] - values[33 - i]) > 0, `left ${i}`);
    }
  });
}

test("the theme's diverging colours are as light for a value as for its negative", () => {
  for (const name of [divergingFor(false), divergingFor(true)]) {
    const values = lightnessOf(name);
    for (let i = 1; i <= 32; i++) assert.ok(Math.abs(values[32 + i] - values[32 - i]) < 12);
  }
});

test("the middle of the theme's diverging colours is nearly its ground", () => {
  assert.ok(lightness(colourAt(divergingFor(false), 0.5)) > 85);
  assert.ok(lightness(colourAt(divergingFor(true), 0.5)) < 15);
});

test("viridis has its published ends and middle", () => {
  assert.deepEqual(colourAt("viridis", 0), [68, 1, 84]);
  assert.deepEqual(colourAt("viridis", 0.5), [33, 144, 140]);
  assert.deepEqual(colourAt("viridis", 1), [253, 231, 37]);
});

test("a table holds opaque little-endian pixels", () => {
  const table = colourTable("viridis");
  assert.equal(table.length, TABLE_SIZE);
  assert.deepEqual([...new Uint8Array(table.buffer, 0, 4)], [68, 1, 84, 255]);
  assert.equal(colourTable("viridis"), table);
});
