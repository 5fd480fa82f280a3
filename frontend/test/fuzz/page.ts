/** The real page in a browser, without a server: a test hands it one log after the other. */
import "./hurry"; // first: frames come as fast as they are drawn
import "./drive"; // before the page: its modules ask at once where answers come from
import { render } from "../../src";
import type { Catalog } from "../../src/api";
import { PANELS } from "../../src/panels";
import { currentParts, partsFailure } from "../../src/panels/fetching";
import { failure, loading, refresh } from "../../src/state";
import { view } from "../../src/view";
import { answer } from "./drive";

const FRAMES = 2; // that a panel may take to draw what it measured itself by
const KEYS = ["ArrowLeft", "ArrowDown", "End", "ArrowUp", "Home", "ArrowRight"];
const SHARES = [0.02, 0.3, 0.5, 0.8]; // of a canvas's width and height

async function frames(): Promise<void> {
  for (let n = 0; n < FRAMES; n++) await new Promise((done) => requestAnimationFrame(done));
}

/** Points at places of every canvas, and presses keys. */
async function touch(): Promise<void> {
  for (const canvas of document.querySelectorAll("#panel canvas, .right canvas, .right svg")) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    for (const share of SHARES) {
      const at = { clientX: left + share * width, clientY: top + share * height, bubbles: true };
      for (const what of ["pointermove", "pointerdown", "pointerup"]) {
        canvas.dispatchEvent(new PointerEvent(what, { ...at, pointerId: 1 }));
      }
      canvas.dispatchEvent(new MouseEvent("mousemove", at));
      canvas.dispatchEvent(new MouseEvent("click", at));
    }
  }
  for (const key of KEYS)
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  await frames();
}

/** Shows a log in every panel; returns how each ended. */
async function show(frame: string, catalog: Catalog): Promise<Record<string, string>> {
  const bytes = Uint8Array.from(atob(frame), (character) => character.charCodeAt(0));
  answer(bytes.buffer, catalog);
  await refresh();
  const ends: Record<string, string> = {};
  const kinds = new Set(catalog.runs.flatMap(({ series }) => series.map(({ kind }) => kind)));
  for (const { name, needs } of PANELS) {
    if (!needs.some((kind) => kinds.has(kind))) continue;
    view.panel.value = name;
    await frames();
    while (loading.value || !(currentParts.value || partsFailure.value)) await frames();
    await touch();
    ends[name] = failure.value?.message ?? document.querySelector(".shell")?.className ?? "gone";
  }
  return ends;
}

Object.assign(window, { show });
render();
