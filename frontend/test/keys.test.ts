import assert from "node:assert/strict";
import { test } from "node:test";
import { commandsInForce, findCommand } from "../src/keys";

const command = (key: string, label: string) => ({ key, label, run() {} });
const shell = [command("a", "shell a"), command("b", "shell b")];
const panel = [command("b", "panel b"), command("o", "panel o")];

test("the last keymap that knows a key acts", () => {
  assert.equal(findCommand([shell, panel], "b")?.label, "panel b");
  assert.equal(findCommand([shell, panel], "a")?.label, "shell a");
  assert.equal(findCommand([shell, panel], "x"), undefined);
});

test("the help lists each key once, as it acts", () => {
  assert.deepEqual(
    commandsInForce([shell, panel]).map(({ label }) => label),
    ["shell a", "panel b", "panel o"],
  );
});
