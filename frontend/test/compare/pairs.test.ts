import assert from "node:assert/strict";
import { test } from "node:test";
import { indexRuns } from "../../src/panels/attributions/records";
import { isAbsence } from "../../src/panels/attributions/sources";
import { arranged, byFalling, changeOf, lineUp, scoreChange } from "../../src/panels/compare/pairs";
import { optionsOf, otherWords, sideOf } from "../../src/panels/compare/sides";
import { COAT, SHIRT } from "../attributions/fixture";
import { at, moment, run, side } from "./fixture";

// The shirt's map turns around; the coat's doubles, which ranks do not see.
const BEFORE = [1, 2, 1, 2];
const AFTER = [2, 1, 2, 4];
const RUN = run("clean", [...moment(0, BEFORE, [1, 1]), ...moment(10, AFTER, [0, 1])]);

const lineup = () => lineUp(side(RUN, at("clean", 0)), side(RUN, at("clean", 10)));

test("samples line up by their hash, whatever their order", () => {
  const other = run("other", moment(10, AFTER, [0, 1]), [COAT, "hash of a hat"]);
  const { pairs, onlyA, onlyB } = lineUp(
    side(RUN, at("clean", 10)),
    side([...RUN, ...other], at("other", 10)),
  );
  assert.deepEqual(
    pairs.map(({ sample }) => sample.hash),
    [COAT],
  );
  assert.deepEqual([onlyA, onlyB], [1, 1]);
  // The coat is second in one run and first in the other: maps 2, 4 and 2, 1.
  assert.deepEqual(pairs[0].measures()?.totals, [6, 3]);
  assert.equal(pairs[0].measures()?.rank, -1);
});

test("a prediction has flipped where its class is another one", () => {
  const { pairs } = lineup();
  assert.deepEqual(
    pairs.map(({ flipped }) => flipped),
    [true, false],
  );
  assert.equal(pairs[0].before?.predicted, "Coat");
  assert.equal(pairs[0].after?.predicted, "Shirt");
});

test("without predictions at one end nothing is said to have flipped", () => {
  const bare = run("bare", moment(10, AFTER, [0, 1]).slice(0, 1));
  const { pairs } = lineUp(side(RUN, at("clean", 10)), side([...RUN, ...bare], at("bare", 10)));
  assert.equal(pairs[0].flipped, null);
  assert.ok(Number.isNaN(scoreChange(pairs[0])));
});

test("those that changed most come first, by what was asked for", () => {
  const { pairs } = lineup();
  const order = (sort: "rank" | "difference" | "probe") =>
    arranged(pairs, sort, "all").map(({ sample }) => sample.hash);
  assert.deepEqual(order("rank"), [SHIRT, COAT]);
  assert.deepEqual(order("difference"), [COAT, SHIRT]);
  assert.deepEqual(order("probe"), [SHIRT, COAT]);
  assert.deepEqual([changeOf(pairs[0], "rank"), changeOf(pairs[1], "rank")], [2, 0]);
});

test("the filter keeps flipped ones alone", () => {
  const kept = arranged(lineup().pairs, "rank", "flipped");
  assert.deepEqual(
    kept.map(({ sample }) => sample.hash),
    [SHIRT],
  );
});

test("what is not defined comes last", () => {
  assert.deepEqual([Number.NaN, 1, 3].sort(byFalling), [3, 1, Number.NaN]);
});

test("an end shows its newest record at or before its step, or says that there is none", () => {
  const late = run("late", moment(10, AFTER, [0, 1]));
  const source = side(late, at("late", 5)).source;
  assert.ok(isAbsence(source));
  assert.match(source.reason, /late recorded no maps at or before step 5/);
  assert.equal(side(RUN, at("clean", 7)).moment?.step, 0);
});

test("what both runs recorded is offered first", () => {
  const runs = indexRuns(RUN, ["clean"]);
  assert.deepEqual(optionsOf([runs[0], null]).methods, ["gradcam"]);
  assert.deepEqual(optionsOf([runs[0], null]).layers, ["features.7"]);
  const missing = sideOf(at("gone", 0), runs, { method: "gradcam", target: "label", layer: null });
  assert.ok(isAbsence(missing.source));
});

test("older records and maps of other layers are named", () => {
  assert.deepEqual(otherWords(side(RUN, at("clean", 0)), side(RUN, at("clean", 10))), []);
  assert.deepEqual(otherWords(side(RUN, at("clean", 0)), side(RUN, at("clean", 15))), [
    "B shows epoch 0, step 10: its newest record up to step 15.",
  ]);
});
