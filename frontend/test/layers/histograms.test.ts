import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  binAt,
  binCount,
  decodeHistogram,
  histogramFault,
  mergeHistograms,
  normalBins,
  totalOf,
} from "../../src/histograms";
import { densityOf, linearAxis, logAxis } from "../../src/panels/layers/density";
import { barsOf, specialsOf } from "../../src/panels/layers/specials";
import { decodeRecord } from "../../src/record";

function golden(name: string, layer: number) {
  const folder = join(process.cwd(), "..", "tests", "golden");
  const { arrays, fields } = decodeRecord(
    new Uint8Array(readFileSync(join(folder, `${name}.bin`))),
    0,
  );
  const ends = [0, ...(arrays.ends.data as Int32Array)];
  const bytes = (arrays.bins.data as Uint8Array).subarray(ends[layer], ends[layer + 1]);
  return decodeHistogram(bytes, fields.mantissa_bits as number);
}

for (const [name, bits] of [
  ["v1_layer_histograms", 0],
  ["v1_layer_histograms_fine", 2],
] as const) {
  const normal = normalBins(bits);
  test(`every kind of bin of ${name} is decoded`, () => {
    const { bins, counts } = golden(name, 0);
    assert.deepEqual(counts, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const kinds = bins.map((bin) => binAt(bin, bits).kind);
    assert.deepEqual(kinds, [
      "NaN",
      "-infinity",
      "negative",
      "negative",
      "negative subnormal",
      "zero",
      "positive subnormal",
      "positive",
      "positive",
      "infinity",
    ]);
    assert.equal(binAt(bins[2], bits).low, -(2 ** 128));
    assert.equal(binAt(bins[3], bits).high, -(2 ** -126));
    assert.equal(binAt(bins[7], bits).low, 2 ** -126);
    assert.equal(binAt(bins[8], bits).high, 2 ** 128);
  });
  test(`counts of ${name} are exact beyond 32 bits`, () => {
    assert.deepEqual(golden(name, 1).counts, [127, 2 ** 35]);
    assert.equal(totalOf(golden(name, 1)), 127 + 2 ** 35);
  });
  test(`bins of ${name} join without holes`, () => {
    for (let bin = 2; bin < binCount(bits) - 2; bin++) {
      if (bin >= normal + 1 && bin <= normal + 4) continue;
      assert.equal(binAt(bin, bits).high, binAt(bin + 1, bits).low, `bin ${bin}`);
    }
  });
}

test("finer histograms merge exactly into coarser ones", () => {
  const merged = mergeHistograms([
    golden("v1_layer_histograms", 0),
    golden("v1_layer_histograms_fine", 0),
  ]);
  assert.equal(merged.mantissaBits, 0);
  assert.deepEqual(merged.bins, golden("v1_layer_histograms", 0).bins);
  assert.deepEqual(merged.counts, [2, 4, 6, 8, 10, 12, 14, 16, 18, 20]);
});

test("bytes that are no histogram are named", () => {
  const fault = (...bytes: number[]) => histogramFault(Uint8Array.from(bytes), 0);
  assert.equal(fault(), null);
  assert.equal(fault(1, 5), null);
  assert.match(fault(1) ?? "", /cut off/);
  assert.match(fault(1, 0x85) ?? "", /cut off/);
  assert.match(fault(1, 5, 0, 5) ?? "", /twice/);
  assert.match(fault(0x83, 0x04, 1) ?? "", /bin 514/);
  assert.match(fault(...new Array(12).fill(0xff), 1) ?? "", /cut off/);
});

/** Bins of [0.5, 1), [1, 2) and their mirror images. */
const N = normalBins(0);
const HALF = N + 5 + 125;
const ONE = HALF + 1;
const MINUS_ONE = N + 1 - 126;

test("densities on a logarithmic axis hold all that is finite", () => {
  const histogram = {
    mantissaBits: 0,
    bins: [0, MINUS_ONE, N + 3, HALF, ONE],
    counts: [5, 1, 2, 3, 4],
  };
  const axis = logAxis([histogram]);
  const shares = densityOf(histogram, axis);
  const sum = shares.reduce((a, b) => a + b, 0);
  assert.ok(Math.abs(sum - 10 / 15) < 1e-6);
  const at = (value: number) => shares[Math.floor(axis.place(value))];
  assert.ok(Math.abs(at(1.5) - 4 / 15) < 1e-6);
  assert.ok(Math.abs(at(-1.5) - 1 / 15) < 1e-6);
  assert.ok(Math.abs(at(0) - 2 / 15) < 1e-6);
});

test("a logarithmic axis goes both ways and back", () => {
  const axis = logAxis([{ mantissaBits: 0, bins: [MINUS_ONE, HALF, ONE], counts: [1, 1, 1] }]);
  for (const value of [-1.5, 0.6, 1.9]) {
    assert.ok(Math.abs(axis.value(axis.place(value)) - value) < 1e-9);
  }
  const positive = logAxis([{ mantissaBits: 0, bins: [ONE], counts: [1] }]);
  assert.equal(positive.middle[0], 0);
});

test("on a linear axis an octave is as wide as its values, and its area is its count", () => {
  const fine = normalBins(2);
  const quarter = (octave: number, k: number) => fine + 5 + (126 + octave) * 4 + k;
  const bins = [0, 1, 2, 3].flatMap((k) => [quarter(0, k), quarter(1, k)]).sort((a, b) => a - b);
  const histogram = { mantissaBits: 2, bins, counts: bins.map(() => 10) };
  const axis = linearAxis([histogram]);
  const shares = densityOf(histogram, axis);
  assert.ok(Math.abs(shares.reduce((a, b) => a + b, 0) - 1) < 1e-5);
  const at = (value: number) => shares[Math.floor(axis.place(value))];
  assert.ok(Math.abs(at(1.5) / at(3) - 2) < 0.01);
});

test("bars keep exact counts, and what is small on a logarithmic axis stands together", () => {
  const tiny = N + 5 + 20;
  const bins = [tiny, tiny + 1, HALF, ONE];
  const histogram = { mantissaBits: 0, bins, counts: [1, 1, 5000, 3000] };
  const bars = barsOf(histogram, logAxis([histogram]));
  assert.deepEqual(
    bars.map(({ count }) => count),
    [2, 5000, 3000],
  );
  assert.deepEqual(bars[0].bins, [tiny, tiny + 1]);
});

test("special values are counted apart, zero always", () => {
  const bins = [0, 1, N + 2, N + 4, ONE, 2 * N + 5];
  const found = specialsOf({ mantissaBits: 0, bins, counts: [1, 2, 3, 4, 5, 6] });
  assert.deepEqual(
    found.map(({ name, count }) => [name, count]),
    [
      ["zero", 0],
      ["NaN", 1],
      ["−∞", 2],
      ["subnormal", 7],
      ["+∞", 6],
    ],
  );
});

test("on a linear axis narrow bins share a bar, so that a stray count is no spike", () => {
  const bins = Array.from({ length: 40 }, (_, i) => HALF - 38 + i);
  const histogram = { mantissaBits: 0, bins, counts: bins.map(() => 1) };
  const bars = barsOf(histogram, linearAxis([histogram]));
  assert.equal(
    bars.reduce((sum, { count }) => sum + count, 0),
    40,
  );
  assert.ok(bars.length < 10);
  assert.ok(bars.every(({ density }) => density <= 40));
});
