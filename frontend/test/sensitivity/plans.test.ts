import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  allocatorsOf,
  budgetsOf,
  budgetWords,
  deepestOf,
  keepAt,
  placeOfKeep,
  queryOf,
  usualKeep,
  withAllocator,
} from "../../src/panels/sensitivity/asking";
import { codeOf } from "../../src/panels/sensitivity/code";
import {
  candidatesOf,
  finishedTies,
  isTie,
  keptShare,
  keptWords,
  type Plan,
  type PlanRecord,
  parsePlan,
  verifiedLike,
} from "../../src/panels/sensitivity/planned";
import { milliseconds, ratioWords } from "../../src/panels/sensitivity/quantities";

const golden = JSON.parse(
  readFileSync(join(process.cwd(), "..", "tests", "golden", "v1_plan_finished.json"), "utf8"),
).fields;
const plan = golden.plan as Plan;

const ASKED = {
  run: "a&b=c/version_0",
  monitor: "sensitivity",
  step: 100,
  of: "macs",
  keep: 0.5,
  allocator: "sensitivity",
  keepFirst: false,
  keepLast: true,
  multiple: 8,
  minimum: 1,
  frozen: ["größe.<b>", "x,y"],
} as const;

test("a query says what is wanted, and nothing that is not", () => {
  const query = new URLSearchParams(queryOf(ASKED));
  assert.deepEqual(
    [...query],
    [
      ["run", "a&b=c/version_0"],
      ["monitor", "sensitivity"],
      ["step", "100"],
      ["of", "macs"],
      ["keep", "0.5"],
      ["allocator", "sensitivity"],
      ["keep_last", "1"],
      ["multiple_of", "8"],
      ["frozen", "größe.<b>"],
      ["frozen", "x,y"],
    ],
  );
  assert.equal(new URLSearchParams(withAllocator(`${query}`, "erk")).get("allocator"), "erk");
});

test("the slider reaches every budget and finds its way back", () => {
  for (const of of ["parameters", "macs", "latency", "bytes", "kl"] as const) {
    for (const place of [0, 0.25, 0.5, 1]) {
      const keep = keepAt(of, place, 10);
      assert.ok(keep > 0 && (of === "kl" || keep <= 1), `${of} ${place}`);
      assert.ok(Math.abs(placeOfKeep(of, keep, 10) - place) < 0.01, `${of} ${place}`);
    }
    assert.ok(usualKeep(of, "channel") > 0);
  }
  assert.equal(placeOfKeep("macs", 1e-9, 10), 1);
  assert.equal(budgetWords("macs", 0.5), "2.0x fewer MACs, 50 % kept");
});

test("the slider ends where the levels end", () => {
  assert.ok(Math.abs(deepestOf("unstructured", [0.5, 0.9]) - 10) < 1e-9);
  assert.ok(Math.abs(deepestOf("channel", [0.25, 0.5]) - 4) < 1e-9);
  assert.equal(deepestOf("bits", [8, 2]), 16);
  assert.equal(deepestOf("clusters", [16, 2]), 32);
  for (const levels of [[], [1], [NaN], [-5]]) {
    const deepest = deepestOf("unstructured", levels);
    assert.ok(deepest > 1 && deepest <= 50, `${levels}`);
  }
});

test("only what an edit saves is offered as a budget, time only where it was measured", () => {
  assert.deepEqual(budgetsOf("unstructured", true), ["parameters", "macs", "kl"]);
  assert.deepEqual(budgetsOf("bits", true), ["bytes", "kl"]);
  assert.ok(budgetsOf("channel", true).includes("latency"));
  assert.ok(!budgetsOf("channel", false).includes("latency"));
});

test("allocators that rank weights need the record's table", () => {
  const names = (tables: string[]) => allocatorsOf("unstructured", tables).map(({ name }) => name);
  assert.deepEqual(names([]), ["sensitivity", "uniform", "erk"]);
  assert.ok(names(["lamp", "global_magnitude"]).includes("lamp"));
  assert.deepEqual(
    allocatorsOf("bits", ["lamp"]).map(({ name }) => name),
    ["sensitivity", "uniform"],
  );
});

test("what is no plan is refused", () => {
  assert.equal(parsePlan(JSON.stringify(plan)).edit, "unstructured");
  const wrong = [
    "null",
    "[]",
    JSON.stringify({ ...plan, version: 2 }),
    JSON.stringify({ ...plan, format: "another" }),
    JSON.stringify({ ...plan, units: [{ name: "a", size: 1, cut: 2, level: 0 }] }),
    JSON.stringify({ ...plan, budget: null }),
    JSON.stringify({ ...plan, constraints: {} }),
    JSON.stringify({ ...plan, predicted: { kl: "1" } }),
  ];
  for (const text of wrong) assert.throws(() => parsePlan(text), /can't be used/, text);
});

test("what is kept is said in the edit's own units", () => {
  const cut = { name: "a", size: 64, cut: 16, level: 0.25 };
  assert.equal(keptWords("channel", cut), "48");
  assert.equal(keptWords("unstructured", cut), "75 %");
  assert.equal(keptWords("unstructured", { ...cut, cut: 0 }), "whole");
  assert.equal(keptWords("bits", { ...cut, cut: 0, level: 4 }), "4 bits");
  assert.equal(keptShare("bits", { ...cut, cut: 0, level: 4 }), 1 / 8);
  assert.equal(keptWords("bits", { ...cut, cut: 0, level: 32 }), "whole");
  assert.equal(keptWords("clusters", { ...cut, cut: 0, level: 16 }), "16 values");
  assert.equal(keptWords("clusters", { ...cut, cut: 0, level: 0 }), "whole");
  assert.equal(keptShare("clusters", { ...cut, cut: 0, level: 16 }), 1 / 8);
});

const record: PlanRecord = {
  ...golden,
  run: "clean",
  monitor: "prune",
  step: 100,
  epoch: 0,
};

test("a plan is verified by what was measured of one like it, in another run of the very same", () => {
  const [first, ...others] = plan.units;
  const moved = { ...plan, units: [{ ...first, cut: first.cut + 1 }, ...others] };
  assert.equal(verifiedLike(plan, "other", [record])?.kl, 0.75);
  assert.equal(verifiedLike(moved, "other", [record]), null);
  assert.equal(verifiedLike(moved, "clean", [record])?.kl, 0.75);
  assert.equal(verifiedLike({ ...moved, allocator: "uniform" }, "clean", [record]), null);
  const other = { ...moved, budget: { of: "parameters", keep: 0.4 } };
  assert.equal(verifiedLike(other, "clean", [record]), null);
  const freer = { ...moved, constraints: { ...plan.constraints, keep_last: false } };
  assert.equal(verifiedLike(freer, "clean", [record]), null);
});

test("a plan that was verified on its own counts without candidates", () => {
  const alone = { ...record, candidates: [] };
  assert.equal(candidatesOf(alone).length, 1);
  assert.equal(verifiedLike(plan, "clean", [alone])?.kl, 0.75);
  assert.equal(candidatesOf(record), record.candidates);
});

test("shares of right answers tie below two standard errors", () => {
  assert.ok(isTie(0.88, 0.881, 500));
  assert.ok(!isTie(0.88, 0.8, 500));
  assert.ok(!isTie(0.88, 0.881, NaN), "nothing is known of the samples");
  assert.ok(!isTie(12, 12, 500), "no shares");
});

test("finished plans that tie are named together", () => {
  const after = (metric: number) => ({ ...record, after: { metric } });
  const verified = { ...plan, verified: { samples: 500 } };
  const of = (metric: number): PlanRecord => ({ ...after(metric), plan: verified });
  assert.deepEqual(
    finishedTies([of(0.88), of(0.5), of(0.882)]).map((tied) => tied.map((e) => e.after?.metric)),
    [[0.88, 0.882]],
  );
  assert.deepEqual(finishedTies([of(0.88), { ...of(0.88), stage: "applied" }]), []);
});

test("the code prunes or shrinks in the trainer, and what has no callback runs commands", () => {
  assert.match(codeOf(plan), /PruneToPlan\("plan\.json"\)/);
  assert.match(codeOf({ ...plan, edit: "channel" }), /ShrinkToPlan\("plan\.json"\)/);
  assert.match(codeOf({ ...plan, edit: "bits" }), /editing apply plan\.json/);
});

test("times and ratios are short", () => {
  assert.equal(milliseconds(11.8), "11.8 ms");
  assert.equal(milliseconds(0.0123), "12.3 µs");
  assert.equal(milliseconds(NaN), "–");
  assert.equal(ratioWords(100, 50), "2.00x less");
  assert.equal(ratioWords(50, 100), "2.00x more");
  assert.equal(ratioWords(100, 100), "the same");
  assert.equal(ratioWords(NaN, 1), "–");
});
