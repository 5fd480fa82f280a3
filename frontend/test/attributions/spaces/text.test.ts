import assert from "node:assert/strict";
import { test } from "node:test";
import { modelOf } from "../../../src/panels/attributions/model";
import { drawn } from "../../../src/panels/attributions/settings";
import { isAbsence } from "../../../src/panels/attributions/sources";
import { HEADER, rowsOf } from "../../../src/panels/attributions/text/csv";
import { epochsOf } from "../../../src/panels/attributions/text/epochs";
import { readingAt, scaleOf, textModelOf } from "../../../src/panels/attributions/text/model";
import { type Reading, shareOf, topWords } from "../../../src/panels/attributions/text/reading";
import { read } from "../../../src/panels/attributions/text/settings";
import { contextOf, gap, predictions, series } from "../fixture";
import { attribution, HASHES, probeOf, textProbe, VALUES } from "./fixture";

const [MAIL, LETTER] = HASHES;
const L2 = VALUES.map((value) => 2 * Math.abs(value));
const half = VALUES.map((value) => value / 2);
const records = [
  textProbe(),
  attribution("text", [0, -1], [6], half, { l2: L2 }),
  attribution("text", [10, 0], [6], VALUES, { base: [-1.5, 2.25], total: [3.5, -1.25], l2: L2 }),
];
const context = contextOf(series("a", records), 10);
const text = textModelOf(context);

function reading(hash: string, moment = 1): Reading {
  const found = readingAt(text, text.base.tracks.value[0], moment, hash);
  assert.ok(!isAbsence(found));
  return found;
}

test("the values of a word's tokens are summed", () => {
  const { words, values } = reading(MAIL);
  assert.deepEqual(
    words.map((word, i) => [word.text, values[i]]),
    [
      ["[CLS]", 0],
      ["free", 1.5],
      ["prize", 2],
      ["[SEP]", 0],
      ["[PAD]", 0],
    ],
  );
});

test("norms of a word's tokens are the norm over all their embeddings, and have no sign", () => {
  read.measure.value = "norm";
  const { values, signed } = reading(MAIL);
  read.measure.value = "sum";
  assert.equal(signed, false);
  assert.ok(Math.abs(values[1] - Math.hypot(2, 1)) < 1e-6);
});

test("tokens can stay apart", () => {
  read.merged.value = false;
  assert.deepEqual([...reading(MAIL).values], VALUES.slice(0, 6));
  read.merged.value = true;
});

test("what counts most either way comes first, and noise beside it not at all", () => {
  const texts = (hash: string, sign: 1 | -1) =>
    topWords(reading(hash), sign, 5).map((w) => w.word.text);
  assert.deepEqual(texts(MAIL, 1), ["prize", "free"]);
  assert.deepEqual(texts(MAIL, -1), []);
  assert.deepEqual(texts(LETTER, -1), ["notes", "the"]);
});

test("a word's share is of all |values|", () => {
  assert.equal(shareOf(reading(LETTER), 2), 1 / 1.25);
});

test("scales hold for all texts, for one over time, or for one alone", () => {
  const [track] = text.base.tracks.value;
  const limit = () => scaleOf(text, track, reading(LETTER, 0), LETTER).limit;
  drawn.scale.value = "shared";
  assert.equal(limit(), 2);
  drawn.scale.value = "sample";
  assert.equal(limit(), 1);
  drawn.scale.value = "own";
  assert.equal(limit(), 0.5);
  drawn.scale.value = "sample";
});

test("the words that ever count most are followed over the records, in the order of the text", () => {
  const table = epochsOf(text, text.base.tracks.value[0], MAIL, 2);
  assert.deepEqual(
    table?.words.map((word) => word.text),
    ["free", "prize"],
  );
  assert.deepEqual(
    table?.columns.map((column) => [...(column ?? [])]),
    [
      [0.75, 1],
      [1.5, 2],
    ],
  );
  assert.equal(table?.count, 4, "padding aside");
});

test("a table has a row for every token, with sum and norm, padding left out", () => {
  const rows = [...rowsOf(text.base)].map(
    (row) => new Map(HEADER.map((name, i) => [name, row[i]])),
  );
  assert.equal(rows.length, 2 * (5 + 4));
  const prize = rows.find((row) => row.get("text") === "prize" && row.get("epoch") === 0);
  assert.equal(prize?.get("value"), 2);
  assert.equal(prize?.get("l2_norm"), 4);
  assert.equal(prize?.get("base"), -1.5);
  assert.equal(prize?.get("target"), "spam");
});

test("without stored tokens, their places stand for them", () => {
  const map = attribution("text", [10, 0], [6], VALUES);
  const bare = [probeOf("text", { tokens: null }), map];
  const other = textModelOf(contextOf(series("b", bare), 10));
  const found = readingAt(other, other.base.tracks.value[0], 0, MAIL);
  assert.ok(!isAbsence(found));
  assert.deepEqual(
    found.words.map((word) => word.text),
    ["#0", "#1", "#2", "#3", "#4", "#5"],
  );
});

test("a value that is no number stays one, and does not set the scale", () => {
  const odd = [0, Number.NaN, 1, 3, Number.POSITIVE_INFINITY, 0, ...VALUES.slice(6)];
  const other = textModelOf(
    contextOf(series("c", [textProbe(), attribution("text", [10, 0], [6], odd)]), 10),
  );
  const found = readingAt(other, other.base.tracks.value[0], 0, MAIL);
  assert.ok(!isAbsence(found));
  assert.ok(Number.isNaN(found.values[1]));
  assert.equal(found.peak, 3);
});

test("a monitor that failed leaves its reason where the words would be", () => {
  const failed = [...records, gap(20, 1, "out of memory")];
  const other = textModelOf(contextOf(series("d", failed), 20));
  const found = readingAt(other, other.base.tracks.value[0], 2, MAIL);
  assert.ok(isAbsence(found));
  assert.deepEqual([found.reason, found.gap], ["out of memory", true]);
});

test("a monitor without maps adds no moments: between two records, the one before is shown", () => {
  const often = { ...predictions(15, 1, [0, 1]), monitor: "attention" };
  const mapped = [...records, predictions(10, 0, [0, 1])];
  const other = modelOf(contextOf(series("e", [...mapped, often]), 15), "text");
  assert.deepEqual(
    other.runs.value[0].moments.map(({ step }) => step),
    [0, 10],
  );
  assert.deepEqual(other.scrubbed.value, [1]);
});

test("what was recorded of texts is not drawn as images", () => {
  assert.equal(modelOf(context, "image").tracks.value.length, 0);
});
