import assert from "node:assert/strict";
import { test } from "node:test";
import { type Link, layered } from "../../src/panels/graph/layered";
import { acyclic, ranksOf } from "../../src/panels/graph/ranks";
import { spread } from "../../src/panels/graph/spread";

const NO_PORTS = { first: null, last: null };
const item = { width: 50, height: 20, entry: 25, exit: 25 };

test("places ascend, keep their distances, and are as near to the wishes as that allows", () => {
  assert.deepEqual(spread([0, 100], [20, 20]), [0, 100]);
  assert.deepEqual(spread([10, 10], [20, 20]), [0, 20]);
  const squeezed = spread([50, 0, 10, 200], [20, 20, 20, 20]);
  assert.ok(squeezed.every((x, i) => i === 0 || x >= squeezed[i - 1] + 20 - 1e-9));
  assert.equal(squeezed[3], 200);
});

test("of links in a circle one is turned around", () => {
  const turned = acyclic(3, [
    [0, 1],
    [1, 2],
    [2, 0],
  ]);
  assert.deepEqual(turned, [
    [0, 1],
    [1, 2],
    [0, 2],
  ]);
});

test("an item stands below the deepest of those that lead to it", () => {
  const links: Link[] = [
    [0, 1],
    [1, 2],
    [0, 2],
    [2, 3],
  ];
  assert.deepEqual(ranksOf(4, links, NO_PORTS), [0, 1, 2, 3]);
});

test("what nothing leads to stands right above what it leads to", () => {
  const links: Link[] = [
    [0, 1],
    [1, 2],
    [3, 2],
  ];
  assert.deepEqual(ranksOf(4, links, NO_PORTS), [0, 1, 2, 1]);
});

test("ports stand alone at the top and the bottom", () => {
  const links: Link[] = [[2, 0]];
  assert.deepEqual(ranksOf(4, links, { first: 2, last: 3 }), [1, 1, 0, 2]);
});

test("items of a rank do not overlap, and lines end at their items", () => {
  const links: Link[] = [
    [0, 1],
    [0, 2],
    [1, 3],
    [2, 3],
    [0, 3],
  ];
  const drawing = layered([item, item, item, item], links, NO_PORTS);
  const [, left, right] = drawing.places;
  assert.equal(left[1], right[1]);
  assert.ok(Math.abs(left[0] - right[0]) >= 50);
  for (const [l, [from, to]] of links.entries()) {
    const route = drawing.routes[l];
    assert.deepEqual(route[0], [drawing.places[from][0] + 25, drawing.places[from][1] + 20]);
    assert.deepEqual(route.at(-1), [drawing.places[to][0] + 25, drawing.places[to][1]]);
  }
  assert.equal(drawing.routes[4].length, 4);
});

test("a line around a circle ends where its arrow points", () => {
  const { routes, places } = layered(
    [item, item],
    [
      [0, 1],
      [1, 0],
    ],
    NO_PORTS,
  );
  assert.deepEqual(routes[1].at(-1), [places[0][0] + 25, places[0][1] + 20]);
});

test("a thousand items in a row are drawn well within a second", () => {
  const items = new Array(1000).fill(item);
  const links = items.slice(1).map((_, i): Link => [i, i + 1]);
  const begin = performance.now();
  layered(items, links, NO_PORTS);
  assert.ok(performance.now() - begin < 1000);
});
