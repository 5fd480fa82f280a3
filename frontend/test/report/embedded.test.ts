import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { ApiError } from "../../src/api";
import { embeddedSource } from "../../src/report/embedded";
import { firstToDraw } from "../../src/report/opening";
import { readFrame } from "../../src/series";
import type { Panel } from "../../src/types";
import { frameBytes, HEADER, recordBytes } from "../bytes";

const never = new AbortController().signal;
const catalog = { experiment: "logs", runs: [], unreadable: [] };

function packed(step: number): string {
  const frame = frameBytes([
    { step, wallTime: 1, bytes: recordBytes({ ...HEADER, step, written: 1 }) },
  ]);
  return deflateSync(new Uint8Array(frame)).toString("base64");
}

const DATA = JSON.stringify({
  catalog,
  frames: [
    { run: "a", data: packed(0) },
    { run: "b", data: packed(40) },
    { run: "a", data: packed(80) },
  ],
  panels: { overview: [0, 1], layers: [2] },
});

const steps = async (panel: string, runs: string[]) =>
  readFrame(await embeddedSource(() => DATA).panel(panel, runs, {}, never), []).flatMap(
    ({ records }) => records.map(({ step }) => step),
  );

test("the catalog is answered once", async () => {
  const source = embeddedSource(() => DATA);
  const first = await source.catalog(null, never);
  assert.deepEqual(first?.value, catalog);
  assert.equal(await source.catalog(first?.etag ?? "", never), null);
});

test("a panel is given what it draws of the asked runs", async () => {
  assert.deepEqual(await steps("overview", ["a", "b"]), [0, 40]);
  assert.deepEqual(await steps("overview", ["b"]), [40]);
  assert.deepEqual(await steps("layers", ["a", "b"]), [80]);
});

test("a panel that the report does not know draws nothing", async () => {
  assert.deepEqual(await steps("constructor", ["a"]), []);
});

test("plans are refused with what to do", async () => {
  await assert.rejects(embeddedSource(() => DATA).plan("run=a", never), /open the log directory/);
});

test("data that was cut off is said to be so", async () => {
  await assert.rejects(
    embeddedSource(() => DATA.slice(0, 40)).catalog(null, never),
    (error) => error instanceof ApiError && error.message.startsWith("The report's data"),
  );
});

test("a report opens with the first panel that has something to draw", () => {
  const panel = (name: string, needs: string[]) => ({ name, needs }) as unknown as Panel;
  const series = [{ tag: "t", kind: "graph", monitor: "m", last_step: 0, last_wall_time: 0 }];
  const drawn = { ...catalog, runs: [{ run: "a", start_time: null, series }] };
  const panels = [panel("overview", ["predictions"]), panel("graph", ["graph"])];
  assert.equal(firstToDraw(panels, drawn), "graph");
  assert.equal(firstToDraw(panels, catalog), null);
});
