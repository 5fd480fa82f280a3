import assert from "node:assert/strict";
import { test } from "node:test";
import {
  areSame,
  type Chosen,
  chosenOf,
  endsOf,
  endWords,
  firstPair,
  type Offer,
  offered,
} from "../../src/panels/compare/ends";

const STOPS = [
  { step: 0, epoch: -1 },
  { step: 10, epoch: 0 },
  { step: 20, epoch: 1 },
];
const offer = (runs: readonly string[], at = 20): Offer => ({
  runs,
  stops: new Map(runs.map((run) => [run, STOPS])),
  stepIn: () => at,
});
const ends = (given: Offer, a: Chosen = null, b: Chosen = null) => {
  const found = endsOf(given, a, b);
  assert.ok(found);
  return found;
};

test("one run is compared with its own first record, and follows the scrubber in B", () => {
  const { a, b } = ends(offer(["clean"], 10));
  assert.deepEqual(a, { run: "clean", step: 0, epoch: -1, follows: false });
  assert.deepEqual(b, { run: "clean", step: 10, epoch: 0, follows: true });
});

test("of several runs the first two are compared, both at the scrubber", () => {
  const { a, b } = ends(offer(["clean", "shortcut", "third"]));
  assert.deepEqual([a.run, a.step, a.follows], ["clean", 20, true]);
  assert.deepEqual([b.run, b.step, b.follows], ["shortcut", 20, true]);
});

test("the first two runs that share a sample are compared, else one that has samples", () => {
  const samples = new Map([
    ["deep", new Set<string>()],
    ["words", new Set(["w"])],
    ["a", new Set(["0", "1"])],
    ["b", new Set(["1", "2"])],
  ]);
  assert.deepEqual(firstPair(["deep", "words", "a", "b"], samples), ["a", "b"]);
  assert.deepEqual(firstPair(["deep", "words", "b"], samples), ["words"]);
  assert.deepEqual(firstPair(["deep", "deeper", "deepest"], samples), ["deep", "deeper"]);
  assert.deepEqual(firstPair([], samples), []);
});

test("a held end stays where it is, at the newest record up to its step", () => {
  const { a } = ends(offer(["clean"], 20), ["clean", "15"]);
  assert.deepEqual(a, { run: "clean", step: 10, epoch: 0, follows: false });
});

test("an end whose run is not shown falls back to what stands without a choice", () => {
  const { b } = ends(offer(["clean"]), null, ["gone", "10"]);
  assert.deepEqual([b.run, b.step, b.follows], ["clean", 20, true]);
});

test("a step that is no number follows the scrubber", () => {
  assert.equal(ends(offer(["clean"]), ["clean", "<b>"]).a.follows, true);
});

test("before its first record a run shows that one", () => {
  assert.equal(ends(offer(["clean"], -1)).b.step, 0);
});

test("without runs there are no ends", () => {
  assert.equal(endsOf(offer([]), null, null), null);
});

test("what was chosen survives as text, held or following", () => {
  const found = ends(offer(["clean"]), ["clean", "10"]);
  assert.deepEqual(chosenOf(found.a), ["clean", "10"]);
  assert.deepEqual(chosenOf(found.b), ["clean", ""]);
  assert.equal(areSame({ a: found.b, b: found.b }), true);
  assert.equal(areSame(found), false);
});

test("the step is named where an epoch has several records", () => {
  const { b } = ends(offer(["clean"]));
  assert.equal(endWords(b, STOPS), "clean, epoch 1");
  assert.equal(endWords(b, [...STOPS, { step: 30, epoch: 1 }], false), "epoch 1, step 20");
});

test("of very many moments the last of each epoch is offered, and the one shown", () => {
  const many = Array.from({ length: 1000 }, (_, step) => ({ step, epoch: Math.floor(step / 10) }));
  assert.deepEqual(offered(STOPS, 0), STOPS);
  const some = offered(many, 15);
  assert.equal(some.length, 101);
  assert.deepEqual(
    some.slice(0, 3).map(({ step }) => step),
    [9, 15, 19],
  );
});
