import assert from "node:assert/strict";
import { test } from "node:test";
import { graphLayout } from "../../src/panels/graph/layout";
import { boxAt } from "../../src/panels/graph/paint";
import { readable, revealing, whole, zoomed } from "../../src/panels/graph/viewport";
import { TREE } from "./fixture";

const boxOf = (layout: ReturnType<typeof graphLayout>, id: string) => {
  const found = layout.boxes.find((box) => box.id === id);
  assert.ok(found, id);
  return found;
};

test("folded modules hide their inside and carry its lines in bundles", () => {
  const { boxes, wires } = graphLayout(TREE, new Set());
  assert.deepEqual(
    boxes.map(({ id }) => id),
    ["in", "a", "b", "out"],
  );
  const bundles = wires.map(({ from, to, count }) => [from, to, count]);
  assert.deepEqual(bundles, [
    ["in", "a", 1],
    ["a", "b", 2],
    ["b", "out", 1],
  ]);
});

test("an open module lies around its inside, and its inside does not overlap", () => {
  const layout = graphLayout(TREE, new Set(["a", "b"]));
  for (const [inner, outer] of [
    ["a.x", "a"],
    ["b.add", "b"],
  ]) {
    const [a, b] = [boxOf(layout, inner), boxOf(layout, outer)];
    assert.ok(a.x > b.x && a.y > b.y && a.x + a.width < b.x + b.width);
    assert.ok(a.y + a.height < b.y + b.height);
  }
  assert.ok(boxOf(layout, "a.x").y + boxOf(layout, "a.x").height < boxOf(layout, "a.y").y);
});

test("lines pass from module to module through their edges", () => {
  const { wires, ...layout } = graphLayout(TREE, new Set(["b"]));
  const entering = wires.filter(({ from }) => from === null);
  assert.deepEqual(
    entering.map(({ to }) => to),
    ["b.x", "b.add"],
  );
  const outer = wires.find(({ from, to }) => from === "a" && to === "b");
  const top = boxOf({ ...layout, wires }, "b").y;
  assert.equal(outer?.points.at(-1)?.[1], top);
  assert.ok(entering.every(({ points }) => points[0][1] === top));
  assert.equal(entering[0].points[0][0], outer?.points.at(-1)?.[0]);
});

test("the box under the pointer is the innermost one", () => {
  const layout = graphLayout(TREE, new Set(["a"]));
  const view = { x: 10, y: 20, scale: 2 };
  const { x, y } = boxOf(layout, "a.y");
  assert.equal(boxAt({ layout, view }, 10 + 2 * (x + 1), 20 + 2 * (y + 1))?.id, "a.y");
  assert.equal(boxAt({ layout, view }, -100, 0), null);
});

test("a view fits the whole, or keeps names readable; zooming keeps the place", () => {
  const canvas = { width: 500, height: 400 };
  const long = { width: 200, height: 8000 };
  assert.ok(whole(long, canvas).scale < 0.1);
  assert.equal(readable(long, canvas).scale, 1);
  const view = zoomed({ x: 0, y: 0, scale: 1 }, 2, 100, 50);
  assert.deepEqual(view, { x: -100, y: -50, scale: 2 });
});

test("a box out of sight is brought into it, one in sight stays", () => {
  const canvas = { width: 500, height: 400 };
  const view = { x: 0, y: 0, scale: 1 };
  assert.equal(revealing(view, { x: 100, y: 100, width: 50, height: 20 }, canvas), view);
  const moved = revealing(view, { x: 100, y: 4000, width: 50, height: 20 }, canvas);
  assert.ok(moved.y + 4000 > 0 && moved.y + 4000 < 400);
});
