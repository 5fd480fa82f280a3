/**
 * Canvases that tell and take what is under the pointer, worked by keys.
 *
 * A canvas says that it can be by `{...POINTED}` among its attributes. Once Tab has reached it, arrow
 * keys move a pointer of its own over it; to the canvas this is a pointer like any other, so that
 * whatever it tells, picks, drags or zooms needs no second way.
 */
import { signal } from "@preact/signals";

/** Attributes of a canvas that keys can point at. */
export const POINTED = {
  tabIndex: 0,
  role: "application",
  "data-pointed": "",
  "aria-roledescription": "chart, arrow keys point, Enter picks",
} as const;

/** What the pointer of the keys is told, for screen readers. */
export const told = signal("");
/** Where the pointer of the keys is, in pixels of the window; null while no keys point. */
export const pointer = signal<{ readonly x: number; readonly y: number } | null>(null);

const STEP = 6; // pixels
const LEAP = 40; // pixels, with Shift
const WHEEL = 120; // pixels of a wheel's notch
const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Within the canvas, in CSS pixels; its middle to begin with. */
let place = { x: 0, y: 0 };
let dragging = false;

/** Lets keys point at the canvases of `page` from now on. */
export function pointByKeys(page: Document): void {
  page.addEventListener("focusin", ({ target }) => {
    const canvas = pointedAt(target);
    if (canvas) place = { x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 };
  });
  page.addEventListener("focusout", ({ target }) => {
    const canvas = pointedAt(target);
    if (canvas) leave(canvas);
  });
  // Clicked, a canvas leaves the keys to the scrubber.
  page.addEventListener("mousedown", (event) => {
    if (!pointedAt(event.target)) return;
    event.preventDefault();
    (page.activeElement as HTMLElement | null)?.blur();
  });
  page.addEventListener("keydown", onKey, { capture: true });
}

function pointedAt(target: EventTarget | null): HTMLCanvasElement | null {
  return target instanceof HTMLCanvasElement && "pointed" in target.dataset ? target : null;
}

function onKey(event: KeyboardEvent): void {
  const canvas = pointedAt(event.target);
  if (!canvas || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!act(canvas, event.key, event.shiftKey)) return;
  event.preventDefault();
  event.stopPropagation();
}

/** Does what `key` says to `canvas`; returns whether it says anything. */
function act(canvas: HTMLCanvasElement, key: string, far: boolean): boolean {
  const arrow = ARROWS[key];
  if (arrow) move(canvas, arrow, far ? LEAP : STEP);
  else if (key === "Enter" || key === " ") press(canvas, far);
  else if (key === "+" || key === "=") turn(canvas, -WHEEL);
  else if (key === "-") turn(canvas, WHEEL);
  else if (key === "0") send(canvas, "dblclick");
  else if (key === "Escape" && pointer.peek()) leave(canvas);
  else return false;
  return true;
}

function move(canvas: HTMLCanvasElement, [right, down]: readonly [number, number], by: number) {
  const held = (value: number, size: number) => Math.max(1, Math.min(size - 1, value));
  if (pointer.peek()) {
    place = {
      x: held(place.x + right * by, canvas.clientWidth),
      y: held(place.y + down * by, canvas.clientHeight),
    };
  }
  scrollTo(canvas);
  send(canvas, "pointermove");
  tell(canvas);
}

/** Picks; or, with Shift, holds on to the place until the next time. */
function press(canvas: HTMLCanvasElement, hold: boolean): void {
  send(canvas, "pointermove");
  if (!dragging) send(canvas, "pointerdown");
  dragging = hold && !dragging;
  if (dragging) return;
  // What was pressed is part of what a chart draws: it lets go of that in the next frame.
  requestAnimationFrame(() => {
    send(canvas, "pointerup");
    send(canvas, "click");
    tell(canvas);
  });
}

function turn(canvas: HTMLCanvasElement, deltaY: number): void {
  canvas.dispatchEvent(new WheelEvent("wheel", { ...init(canvas), deltaY, ctrlKey: true }));
}

function leave(canvas: HTMLCanvasElement): void {
  if (dragging) send(canvas, "pointercancel");
  dragging = false;
  send(canvas, "pointerleave");
  pointer.value = null;
  told.value = "";
}

function send(canvas: HTMLCanvasElement, name: string): void {
  const at = init(canvas);
  const buttons = dragging ? 1 : 0;
  canvas.dispatchEvent(
    name.startsWith("pointer")
      ? new PointerEvent(name, { ...at, buttons })
      : new MouseEvent(name, at),
  );
  if (name !== "pointerleave") pointer.value = { x: at.clientX, y: at.clientY };
}

function init(canvas: HTMLCanvasElement) {
  const { left, top } = canvas.getBoundingClientRect();
  return { bubbles: true, cancelable: true, clientX: left + place.x, clientY: top + place.y };
}

/** Brings the place into view: a canvas may be taller than the panel. */
function scrollTo(canvas: HTMLCanvasElement): void {
  const scroller = canvas.closest<HTMLElement>(".main, .right");
  if (!scroller) return;
  const y = canvas.getBoundingClientRect().top + place.y;
  const view = scroller.getBoundingClientRect();
  if (y < view.top + LEAP) scroller.scrollTop -= view.top + LEAP - y;
  else if (y > view.bottom - LEAP) scroller.scrollTop += y - view.bottom + LEAP;
}

/** Says what the tooltip, or else the legend, tells of the place. */
function tell(canvas: HTMLCanvasElement): void {
  requestAnimationFrame(() => {
    if (!pointer.peek()) return;
    const legend = canvas.parentElement?.querySelector(".key-list");
    const words = document.querySelector(".tooltip:not(.defined)") ?? legend;
    told.value = words instanceof HTMLElement ? words.innerText.replaceAll(/\s*\n\s*/g, ", ") : "";
  });
}
