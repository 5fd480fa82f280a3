/** What pointer, wheel and keys do on the film strip. */
import { batch } from "@preact/signals";
import { Drag } from "./drag";
import { columnLeft, rowTop, type Spot, type Subject, spotAt, spotOf, subjectAt } from "./layout";
import { chosen, TILE_RANGE } from "./settings";
import { type Strip, selectedSubject } from "./strip";
import { MOVES, moved, reveal } from "./walk";

const ZOOM_SPEED = 0.002; // per pixel of wheel

/** Listens on the strip's `scroller` and `canvas`; returns what ends it. */
export function listen(strip: Strip, scroller: HTMLElement, canvas: HTMLCanvasElement): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const point = (event: MouseEvent) => spotUnder(strip, scroller, canvas, event);
  const drag = new Drag(scroller);
  canvas.addEventListener("pointerdown", (event) => drag.begin(event), { signal });
  canvas.addEventListener(
    "pointermove",
    (event) => {
      if (!drag.move(event)) hover(strip, point(event), event);
    },
    { signal },
  );
  canvas.addEventListener("pointerup", () => drag.end(), { signal });
  canvas.addEventListener("pointercancel", () => drag.end(), { signal });
  canvas.addEventListener("pointerleave", (event) => hover(strip, null, event), { signal });
  canvas.addEventListener(
    "click",
    (event) => {
      const under = point(event);
      if (!drag.moved && under) select(strip, under.spot);
    },
    { signal },
  );
  canvas.addEventListener("wheel", (event) => zoom(strip, scroller, canvas, event), {
    signal,
    passive: false,
  });
  canvas.addEventListener("keydown", (event) => onKey(strip, scroller, event), { signal });
  return () => stop.abort();
}

interface Under {
  readonly spot: Spot;
  /** Fractions of the tile. */
  readonly x: number;
  readonly y: number;
}

function spotUnder(
  { layout }: Strip,
  scroller: HTMLElement,
  canvas: HTMLCanvasElement,
  event: MouseEvent,
): Under | null {
  const box = canvas.getBoundingClientRect();
  if (event.clientY - box.top < layout.value.head) return null;
  const x = event.clientX - box.left + scroller.scrollLeft;
  const y = event.clientY - box.top + scroller.scrollTop;
  const spot = spotAt(layout.value, x, y);
  if (!spot) return null;
  const { tile, tileHeight, blocks } = layout.value;
  const left = columnLeft(layout.value, spot.column);
  const top = rowTop(layout.value, blocks[spot.block], spot.row);
  return { spot, x: Math.min(1, (x - left) / tile), y: Math.min(1, (y - top) / tileHeight) };
}

function hover(strip: Strip, under: Under | null, event: PointerEvent): void {
  const { model, layout } = strip;
  const subject = under && subjectAt(layout.value, under.spot);
  const sample = subject && model.samples.value[subject.sample];
  batch(() => {
    if (!under || !subject || !sample) {
      strip.hovered.value = null;
      model.hover.value = null;
      return;
    }
    if (!same(strip.hovered.value, subject)) strip.hovered.value = subject;
    const { clientX, clientY } = event;
    const { x, y } = under;
    const moment = momentAt(strip, subject);
    model.hover.value = { track: subject.track, sample, moment, x, y, clientX, clientY };
  });
}

function same(a: Subject | null, b: Subject): boolean {
  return a?.track === b.track && a.sample === b.sample && a.column === b.column;
}

function momentAt({ model }: Strip, { track, column }: Subject): number {
  const { run } = model.tracks.value[track];
  return column < 0 ? model.scrubbed.value[run] : model.columns.value[column].moments[run];
}

/** Shows the tile at `spot` in depth and moves the scrubber to its moment. */
export function select(strip: Strip, spot: Spot): void {
  const { model, context } = strip;
  const subject = subjectAt(strip.layout.value, spot);
  if (!subject) return;
  const sample = model.samples.value[subject.sample];
  const track = model.tracks.value[subject.track];
  const run = model.runs.value[track.run];
  batch(() => {
    context.sample.value = sample.hash;
    chosen.run.value = run.run;
    chosen.method.value = track.method;
    scrubToColumn(strip, subject);
  });
}

/** Moves the scrubber to a column: to the record of its run there, or else of any run. */
function scrubToColumn({ model, context }: Strip, { track, column }: Subject): void {
  if (column < 0) return;
  const { moments } = model.columns.value[column];
  const own = model.tracks.value[track].run;
  const run = moments[own] >= 0 ? own : moments.findIndex((moment) => moment >= 0);
  const records = model.runs.value[run];
  context.scrubToRecord(records.run, records.moments[moments[run]].step);
}

/** Ctrl and wheel change the size of tiles, around the pointer. */
function zoom(strip: Strip, scroller: HTMLElement, canvas: HTMLElement, event: WheelEvent): void {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  const before = strip.layout.value;
  const size = before.tile * Math.exp(-event.deltaY * ZOOM_SPEED);
  chosen.tile.value = Math.round(Math.max(TILE_RANGE[0], Math.min(TILE_RANGE[1], size)));
  const after = strip.layout.value;
  const box = canvas.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  const growX = (after.tile + after.gap) / (before.tile + before.gap);
  const growY = after.height / Math.max(1, before.height);
  requestAnimationFrame(() => {
    const left = (scroller.scrollLeft + x - before.gutter) * growX + before.gutter - x;
    scroller.scrollTo(left, (scroller.scrollTop + y) * growY - y);
  });
}

function onKey(strip: Strip, scroller: HTMLElement, event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const subject = selectedSubject(strip);
  const move = MOVES[event.key];
  if (!move) return;
  event.preventDefault();
  const layout = strip.layout.value;
  if (layout.blocks.length === 0) return;
  const from = subject && spotOf(layout, subject);
  const target = from ? moved(layout, from, move) : { block: 0, row: 0, column: 0 };
  select(strip, target);
  reveal(layout, target, scroller);
}
