import assert from "node:assert/strict";
import { test } from "node:test";
import { isAbsence } from "../../src/panels/attributions/sources";
import { type Found, ranked, some } from "../../src/panels/compare/changes/findings";
import { alertFindings, changeWords, layerFindings } from "../../src/panels/compare/changes/layers";
import { largestChange, mapFindings } from "../../src/panels/compare/changes/maps";
import { predictionFindings, signTest } from "../../src/panels/compare/changes/predictions";
import { sensitivityFindings } from "../../src/panels/compare/changes/sensitivities";
import { lineUp } from "../../src/panels/compare/pairs";
import { layerPairs } from "../../src/panels/compare/tables/layers";
import { editPairs } from "../../src/panels/compare/tables/sensitivities";
import type { Alert } from "../../src/panels/layers/alerts";
import { layerTracksOf } from "../../src/panels/layers/tracks";
import * as layers from "../layers/fixture";
import { reading } from "../sensitivity/fixture";
import { at, moment, run, side } from "./fixture";

function between(before: readonly number[], after: readonly number[], classes = [1, 1]) {
  const all = run("clean", [...moment(0, before, classes), ...moment(10, after, [0, 1])]);
  const [a, b] = [side(all, at("clean", 0)), side(all, at("clean", 10))];
  assert.ok(!isAbsence(a.source) && !isAbsence(b.source));
  return { a: a.source, b: b.source, pairs: lineUp(a, b).pairs, nameOf: () => "?" };
}

test("flips are counted, with what they did to accuracy and how sure that is", () => {
  const { findings } = predictionFindings(between([1, 2, 1, 2], [1, 2, 1, 2]).pairs);
  assert.equal(
    findings[0].words,
    "1 of 2 predictions flipped: 1 became right, 0 became wrong; 1 → 2 of 2 are right.",
  );
  assert.match(findings[0].detail, /may be chance \(sign test on 1 sample: p = 1\.00\)/);
  assert.equal(findings[0].times, 1);
  assert.equal(findings[1].words, "0 · Shirt flipped from Coat (0.75) to Shirt (0.75): right now.");
});

test("where none flipped, that is said instead", () => {
  const found = predictionFindings(between([1, 2, 1, 2], [1, 2, 1, 2], [0, 1]).pairs);
  assert.deepEqual(found, { findings: [], quiet: ["Predictions: none of 2 flipped."] });
});

test("the sign test is exact and two-sided", () => {
  assert.equal(signTest(5, 0), 2 / 32);
  assert.equal(signTest(1, 1), 1);
  assert.ok(Math.abs(signTest(9, 2) - 0.0654296875) < 1e-12); // scipy.stats.binomtest(2, 11)
});

test("maps that moved are told from the farthest, with where they went", () => {
  const { findings } = mapFindings(between([4, 0, 1, 2], [1, 3, 1, 2]));
  const [moved] = findings.filter(({ evidence }) => evidence.at === "sample");
  assert.equal(
    moved.words,
    "0 · Shirt: the map's centre of mass moved from the left edge to the centre, by 38 % of the input's size.",
  );
  assert.ok(Math.abs(moved.times - 3.75) < 1e-9);
});

test("maps that look at the same places are not told as a change", () => {
  const { findings, quiet } = mapFindings(between([1, 2, 1, 2], [1, 2, 1, 2]));
  assert.deepEqual(findings, []);
  assert.match(quiet[0], /same places: rank correlation 1\.00, the median of 2 samples/);
  assert.match(quiet[1], /No map's centre moved by 10 %/);
});

test("of values without a place the one that changed most is found", () => {
  const row = (...values: number[]) => ({ values: Float32Array.from(values), height: 1, width: 3 });
  assert.deepEqual(largestChange(row(1, 0, -2), row(1, 4, -1)), {
    ...{ index: 1, before: 0, after: 4, share: 1 },
  });
});

test("each statistic tells of its layer that changed most, and of how many did", () => {
  const records = [
    layers.tableRecord(),
    layers.statistics(100, { norm: [1, 1, 1, 1] }),
    layers.statistics(200, { norm: [2, 16, 1, 0.9] }),
  ];
  const tracks = layerTracksOf(layers.series("clean", records));
  const pairs = layerPairs(tracks, at("clean", 100), at("clean", 200));
  const { findings } = layerFindings(pairs, "clean");
  assert.equal(
    findings[0].words,
    "Gradients: norm changed most in blocks.0.fc.weight: 1.00 → 16.0 (16.0 times more).",
  );
  assert.equal(findings[0].detail, "2 of 4 layers at least doubled or halved.");
  assert.equal(findings[0].times, 4);
});

test("a change from or to zero has no ratio", () => {
  assert.equal(changeWords({ layer: "x", before: 0, after: 1, size: 1 }, true), "0 → 1.00");
});

const alert = (rule: string, since: number, cleared: number | null): Alert => ({
  ...{ run: "clean", monitor: "m", what: "gradients", rule, layer: "fc", since, step: since },
  ...{ epoch: 0, message: "m", value: 0, limit: 0, cleared },
});

test("alerts of one end alone are new or over; grave ones stand before others", () => {
  const all = [alert("dead", 5, null), alert("non-finite", 6, null), alert("vanishing", 0, 7)];
  const { findings } = alertFindings(all, at("clean", 2), at("clean", 10));
  assert.deepEqual(
    findings.map(({ words }) => words),
    [
      "New alert at B: non finite in fc.",
      "New alert at B: dead in fc.",
      "Alert of A alone: vanishing in fc.",
    ],
  );
  assert.ok(findings.every(({ times }) => times === Number.POSITIVE_INFINITY));
});

function sensitivity(after: number, error: number) {
  const track = (name: string, value: number) => ({
    ...{ run: name, monitor: "m", edit: "bits" as const, notes: [], gaps: [] },
    readings: [reading("kl", [[value]], { errors: [error], levels: ["4"] })],
    newest: layers.record("sensitivity", 0, {}),
  });
  const tracks = [track("a", 0.1), track("b", after)];
  return sensitivityFindings(editPairs(tracks, at("a", 0), at("b", 0)), "b");
}

test("a sensitivity counts where it doubled beyond its error", () => {
  const [finding] = sensitivity(0.8, 0.01).findings;
  assert.match(
    finding.words,
    /^u0 became more sensitive to fewer bits at 4: KL 0\.10 → 0\.80 nats/,
  );
  assert.ok(Math.abs(finding.times - 3) < 1e-9);
});

test("noise never counts", () => {
  const { findings, quiet } = sensitivity(0.8, 0.4);
  assert.deepEqual(findings, []);
  assert.match(quiet[0], /no unit's doubled or halved beyond its standard error/);
});

test("findings rank by how often they exceed the least told; equal ones keep their order", () => {
  const found = (...times: number[]): Found => ({
    findings: times.map((each, i) => ({
      ...{ words: `${each} ${i}`, detail: "", times: each, least: "" },
      evidence: { at: "flipped" },
    })),
    quiet: [`${times.length}`],
  });
  const { findings, quiet } = ranked([found(2, 5), found(Number.POSITIVE_INFINITY, 2)]);
  assert.deepEqual(
    findings.map(({ words }) => words),
    ["Infinity 0", "5 1", "2 0", "2 1"],
  );
  assert.deepEqual(quiet, ["2", "2"]);
});

test("long lists of names are cut", () => {
  assert.equal(some(["a", "b"]), "a and b");
  assert.equal(some(["a", "b", "c", "d"]), "a, b, c and 1 more");
});
