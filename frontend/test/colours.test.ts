import assert from "node:assert/strict";
import { test } from "node:test";
import { assignPlaces, paletteColour } from "../src/colours";

const names = Array.from({ length: 25 }, (_, i) => `run_${i}`);

test("ten runs have ten colours", () => {
  assert.equal(new Set(assignPlaces(names.slice(0, 10)).values()).size, 10);
});

test("more runs share colours evenly", () => {
  const counts = new Array(10).fill(0);
  for (const place of assignPlaces(names).values()) counts[place] += 1;
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, String(counts));
});

test("the same runs have the same colours every time", () => {
  assert.deepEqual(assignPlaces(names), assignPlaces(names));
});

test("a run alone keeps the colour it has first among others", () => {
  const alone = assignPlaces([names[3]]).get(names[3]);
  assert.equal(assignPlaces([names[3], ...names.slice(4, 9)]).get(names[3]), alone);
});

test("every colour stands out from its ground", () => {
  const grounds = [
    ["#ffffff", false, 2.2],
    ["#242629", true, 4.5],
  ] as const;
  for (const [ground, dark, least] of grounds) {
    for (let place = 0; place < 10; place++) {
      const ratio = contrast(paletteColour(place, dark), ground);
      assert.ok(ratio >= least, `${paletteColour(place, dark)} on ${ground}: ${ratio.toFixed(2)}`);
    }
  }
});

/** The contrast ratio of WCAG 2.2. */
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const value = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
