import assert from "node:assert/strict";
import { test } from "node:test";
import { logAxis } from "../../src/panels/layers/density";
import { brief, exact, timeTicks } from "../../src/panels/layers/draw";
import {
  entryAt,
  heatLayout,
  isOnStrip,
  placeAt,
  rowAt,
  rowHeightFor,
  xOf,
} from "../../src/panels/layers/heat";
import { fullShare, ridgeAt, ridgesOf, within } from "../../src/panels/layers/ridge";

const SPAN = { from: 0, to: 10 };
const layout = heatLayout(800, ["a", "b", "c"], 1);

test("rows are as high as they share the room, never lower than two pixels", () => {
  assert.equal(rowHeightFor(1, 1), 16);
  assert.equal(rowHeightFor(40, 1), 8);
  assert.equal(rowHeightFor(300, 1), 2);
  assert.ok(rowHeightFor(40, 2) < rowHeightFor(40, 1));
});

test("places of the time axis become pixels and come back", () => {
  assert.equal(xOf(layout, SPAN, 0), layout.left);
  assert.equal(xOf(layout, SPAN, 10), layout.left + layout.width);
  assert.ok(Math.abs(placeAt(layout, SPAN, xOf(layout, SPAN, 3)) - 3) < 1e-9);
});

test("a point lies on the timeline of alerts, on a row, or on nothing", () => {
  assert.ok(isOnStrip(layout, 3));
  assert.equal(rowAt(layout, 3), -1);
  assert.equal(rowAt(layout, layout.top), 0);
  assert.equal(rowAt(layout, layout.top + 2.5 * layout.rowHeight), 2);
  assert.equal(rowAt(layout, layout.top + layout.plotHeight), -1);
});

test("long names take a quarter of the width at most", () => {
  const long = heatLayout(800, ["l".repeat(10_000)], 1);
  assert.ok(long.left <= 200);
  assert.equal(layout.left + layout.width + 8, 800);
});

test("a place shows the record that began last, until the next entry", () => {
  const entries = [
    { place: 2, index: 0 },
    { place: 4, index: -1 },
    { place: 5, index: 1 },
  ];
  const at = (place: number) => entryAt(entries, SPAN, place)?.index ?? null;
  assert.deepEqual([1, 2, 3.9, 4.5, 5, 5.9, 6.1].map(at), [null, 0, 0, -1, 1, 1, null]);
});

test("numbers are told with all digits that they have, and in a few for ticks", () => {
  assert.equal(exact(Math.fround(0.1)), "0.1");
  assert.equal(exact(1234567), "1,234,567");
  assert.equal(exact(Math.fround(1.5e-9)), "1.5e-9");
  assert.equal(exact(Number.NaN), "not defined");
  assert.equal(exact(-Infinity), "not finite");
  assert.deepEqual([0, 1e-7, 0.0123, 512, 2e6].map(brief), ["0", "1e-7", "0.0123", "512", "2e6"]);
});

test("ticks of a time axis are whole where there is room for two, and before its end", () => {
  assert.deepEqual(timeTicks({ from: -1, to: 6 }, 7), [-1, 0, 1, 2, 3, 4, 5]);
  assert.deepEqual(timeTicks({ from: 1, to: 1.4 }, 4), [1, 1.1, 1.2, 1.3]);
});

const ONE = 254 + 5 + 126; // the bin of 1 to 2
const axis = logAxis([{ mantissaBits: 0, bins: [ONE], counts: [1] }]);
const ridges = ridgesOf(
  [
    { step: 0, epoch: 0, histogram: { mantissaBits: 0, bins: [257, ONE], counts: [90, 10] } },
    { step: 50, epoch: 0, histogram: { mantissaBits: 0, bins: [ONE], counts: [5] } },
  ],
  axis,
  1,
);

test("a spike of zeros does not flatten the rest of a ridge", () => {
  assert.equal(fullShare(ridges.slice(0, 1), axis), Math.fround(0.1));
  assert.equal(fullShare(ridges, axis), 1);
  assert.deepEqual(
    ridges.map(({ here }) => here),
    [false, true],
  );
});

test("the ridge under the pointer is the one whose line is nearest", () => {
  const colours = {} as never;
  const scene = { axis, ridges, colour: "", width: 300, height: 200, theme: colours };
  assert.equal(ridgeAt(scene, 100, 0)?.ridge.step, 0);
  assert.equal(ridgeAt(scene, 100, 190)?.ridge.step, 50);
  assert.equal(ridgeAt({ ...scene, ridges: [] }, 100, 190), null);
});

test("a tick's name stands in the middle below it, but never beyond the drawing", () => {
  assert.deepEqual(
    [0, 50, 299].map((x) => within(x, 40, 300)),
    [20, 50, 280],
  );
});
