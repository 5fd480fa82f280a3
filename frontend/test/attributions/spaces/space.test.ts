import assert from "node:assert/strict";
import { test } from "node:test";
import { groundOf, inkOf, luminance } from "../../../src/panels/attributions/ink";
import { recordedSpaces } from "../../../src/panels/attributions/space";
import { cam, record, series } from "../fixture";
import { attribution, probeOf, textProbe, VALUES } from "./fixture";

test("the kinds of inputs are those that anything is recorded of", () => {
  const text = attribution("text", [0, 0], [6], VALUES);
  assert.deepEqual(recordedSpaces(series("a", [textProbe(), text])), ["text"]);
  assert.deepEqual(recordedSpaces(series("a", [text, cam(0, 0, [0, 1])])), ["image", "text"]);
  const surrogate = record("surrogate", 0, 0, {});
  assert.deepEqual(recordedSpaces(series("a", [surrogate])), ["tabular"]);
});

test("measures of quality are of the inputs that their probe holds", () => {
  const quality = record("explanation_quality", 0, 0, { probe: "p" });
  assert.deepEqual(recordedSpaces(series("a", [probeOf("series"), quality])), ["series"]);
  assert.deepEqual(recordedSpaces(series("a", [quality])), []);
});

for (const dark of [false, true]) {
  for (const name of ["vik", "PuOr", "berlin"] as const) {
    const theme = `${name} on ${dark ? "dark" : "light"}`;
    test(`text on any ground of ${theme} has a contrast of at least 4.5`, () => {
      for (let share = -1; share <= 1; share += 0.01) {
        const ground = luminance(groundOf(share, name, dark) ?? [0, 0, 0]);
        const ink = inkOf(share, name, dark)?.colour === "#000" ? 0 : 1;
        const contrast = (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05);
        assert.ok(contrast >= 4.5, `${share}: ${contrast}`);
      }
    });
  }
}

test("a value that is no number has no ground", () => {
  assert.equal(inkOf(Number.NaN, "vik", false), null);
});

test("infinite values have the strongest ground", () => {
  assert.deepEqual(groundOf(Number.NEGATIVE_INFINITY, "vik", false), groundOf(-1, "vik", false));
});
