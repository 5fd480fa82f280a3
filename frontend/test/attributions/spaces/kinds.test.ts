import assert from "node:assert/strict";
import { test } from "node:test";
import { checkKind } from "../../../src/kinds";
import type { TrainingRecord } from "../../../src/types";
import { array, record } from "../fixture";
import { attribution, probeOf, textProbe, VALUES } from "./fixture";

type Arrays = TrainingRecord["arrays"];
type Fields = Record<string, unknown>;

const f32 = (...shape: number[]) => {
  const size = shape.reduce((product, each) => product * each, 1);
  return array(shape, new Float32Array(size));
};

function changed(of: TrainingRecord, fields: Fields, arrays: Arrays = {}): TrainingRecord {
  return { ...of, fields: { ...of.fields, ...fields }, arrays: { ...of.arrays, ...arrays } };
}

const TEXT = attribution("text", [0, 0], [6], VALUES, { l2: VALUES });
const [ENTRY] = TEXT.fields.maps as Fields[];
const entry = (change: Fields) => changed(TEXT, { maps: [{ ...ENTRY, ...change }] });

const PRIVACY = { epsilon: 1, delta: 1e-5, clip: 1, noise: 0.1, spent_epsilon: "Infinity" };
const SUMMARY = {
  array: "0",
  method: "m",
  title: "M",
  target: "label",
  unit: "logit",
  signed: true,
  classes: null,
  tokens: null,
};
const tabular: Arrays = {
  "mean_abs.0": f32(2),
  "swarm.0": f32(3, 2),
  swarm_values: f32(3, 2),
  "interaction.0": f32(2, 2),
};
function summary(space: string, change: Fields, arrays: Arrays, fields: Fields = {}) {
  const all = {
    probe: "p",
    space,
    samples: 3,
    privacy: null,
    summaries: [{ ...SUMMARY, ...change }],
  };
  return record("attribution_summary", 0, 0, { ...all, ...fields }, arrays);
}

const VERDICT = { method: "m", measure: "s", level: "fail", message: "why" };
function quality(fields: Fields, arrays: Arrays = {}) {
  const measure = { name: "s", label: "S", unit: "", better: "low", source: "" };
  const all = {
    target: "label",
    methods: [{ name: "m", title: "M" }],
    measures: [measure],
    verdicts: [VERDICT],
    fractions: [0, 1],
  };
  const values = { values: f32(1, 1, 4), deletion: f32(2, 2), ...arrays };
  return record("explanation_quality", 0, 0, { ...all, ...fields }, values);
}

const LEAF = { feature: null, threshold: null, left: null, right: null, value: [0], samples: 3 };
const SPLIT = { ...LEAF, feature: 1, threshold: 0.5, left: 1, right: 2 };
function surrogate(tree: unknown, fields: Fields = {}) {
  const model = { name: "tree", r2: 0.5, agreement: null, r2_fitted: 0.75, tree };
  const all = { features: ["a", "b"], outputs: ["o"], models: [model], fitted: 8, held_out: 2 };
  const arrays = { coefficients: f32(1, 2), intercept: f32(1), means: f32(2), deviations: f32(2) };
  return record("surrogate", 0, 0, { ...all, ...fields }, arrays);
}

const FINE: Record<string, TrainingRecord> = {
  "an attribution of text": TEXT,
  "an attribution without maps": changed(TEXT, { maps: [] }),
  "an attribution without notes or costs": entry({ notes: null, cost_ms: undefined }),
  "a summary of a table": summary("tabular", {}, tabular),
  "a private summary": summary("tabular", {}, { "mean_abs.0": f32(2) }, { privacy: PRIVACY }),
  "a gap in summaries": record("attribution_summary", 0, 0, { gap: "why" }),
  "a summary of words": summary(
    "text",
    { tokens: [{ class: 1, token: "t", mean: "NaN", count: 2 }] },
    {},
  ),
  "a summary of classes": summary(
    "image",
    { classes: [0, 2] },
    { "class_mean.0": f32(2, 4, 4), "class_mean.0.scale": f32(2) },
  ),
  quality: quality({}),
  "a gap in quality": record("explanation_quality", 0, 0, { gap: "why" }),
  "a surrogate": surrogate([SPLIT, LEAF, LEAF]),
  "a surrogate without a tree": surrogate(null),
  "a tree of one leaf, as scikit-learn marks it": surrogate([{ ...LEAF, left: -1, right: -1 }]),
  "a probe of text": textProbe(),
  "a probe from before there were features": probeOf("image"),
};

for (const [name, fine] of Object.entries(FINE)) {
  test(`${name} can be drawn`, () => assert.equal(checkKind(fine), null));
}

const HOSTILE: Record<string, TrainingRecord> = {
  "an attribution of no known space": changed(TEXT, { space: "__proto__" }),
  "an attribution without a probe": changed(TEXT, { probe: 3 }),
  "an attribution whose maps are text": changed(TEXT, { maps: "abc" }),
  "a map that is null": changed(TEXT, { maps: [null] }),
  "a map without a title": entry({ title: {} }),
  "a map of an array that there is not": entry({ array: "constructor" }),
  "a map of a target that there is not": entry({ target: 7 }),
  "a map whose caveat is an object": entry({ caveat: { html: "<b>" } }),
  "a map whose notes are numbers": entry({ notes: [1] }),
  "a map of another rank": changed(TEXT, {}, { "map.0": f32(2, 3, 2) }),
  "a map of other samples": changed(TEXT, {}, { "map.0": f32(3, 6) }),
  "norms of other tokens": changed(TEXT, {}, { "map.0.l2": f32(2, 5) }),
  "a base of other samples": changed(TEXT, {}, { "map.0.base": f32(3) }),
  "a map of big integers": changed(TEXT, {}, { "map.0": array([2, 1], new BigInt64Array(2)) }),
  "a summary of no features": summary("tabular", {}, {}),
  "a swarm of other features": summary("tabular", {}, { ...tabular, "swarm.0": f32(3, 4) }),
  "a swarm without values of as many samples": summary(
    "tabular",
    {},
    {
      ...tabular,
      swarm_values: f32(5, 2),
    },
  ),
  "a summary of half a privacy": summary("tabular", {}, tabular, { privacy: { epsilon: 1 } }),
  "a summary of features without names": summary("tabular", {}, tabular, { features: [{}] }),
  "a summary of releases that are no number": summary("tabular", {}, tabular, {
    privacy: { ...PRIVACY, releases: "<b>" },
  }),
  "a class mean of unnamed classes": summary("image", {}, { "class_mean.0": f32(2, 4, 4) }),
  "a token that is no text": summary(
    "text",
    { tokens: [{ class: 0, token: 1, mean: 0, count: 1 }] },
    {},
  ),
  "quality of an unknown level": quality({ verdicts: [{ ...VERDICT, level: "<script>" }] }),
  "quality whose curves have no random order": quality({}, { deletion: f32(1, 2) }),
  "quality of other measures": quality({ measures: [] }),
  "a tree that leads back": surrogate([{ ...SPLIT, left: 0 }, LEAF, LEAF]),
  "a tree that leads out": surrogate([{ ...SPLIT, right: 9 }, LEAF, LEAF]),
  "a tree that splits by no feature": surrogate([{ ...SPLIT, feature: 2 }, LEAF, LEAF]),
  "a tree without nodes": surrogate([]),
  "a tree of other outputs": surrogate([{ ...LEAF, value: [0, 1] }]),
  "a surrogate of other features": surrogate(null, { features: ["a"] }),
  "a probe with tokens of one sample only": probeOf("text", { tokens: [["a"]] }),
  "a probe whose tokens are numbers": probeOf("text", { tokens: [[1], [2]] }),
  "a probe with a feature without a name": probeOf("tabular", { features: [{ unit: null }] }),
  "a probe with values of other features": probeOf(
    "tabular",
    { features: [{ name: "a", unit: null, categories: null }] },
    { values: f32(2, 3) },
  ),
  "a probe with signals of other samples": probeOf("series", {}, { signals: f32(3, 1, 4) }),
};

for (const [name, hostile] of Object.entries(HOSTILE)) {
  test(`${name} is refused, in words`, () => assert.equal(typeof checkKind(hostile), "string"));
}
