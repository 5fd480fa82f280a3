/** A canvas as wide as its place, redrawn whenever `draw` changes, with a tooltip. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { sizedContext } from "../../ui/canvas";
import { POINTED } from "../../ui/pointed";
import { Tooltip, type TooltipText } from "./Tooltip";

/** Where the pointer is, in CSS pixels of the canvas and of the window. */
export interface Spot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly clientX: number;
  readonly clientY: number;
}

interface Props {
  readonly height: number;
  readonly label: string;
  readonly testId?: string;
  draw(to: CanvasRenderingContext2D, width: number): void;
  /** Returns what the tooltip says of a spot; null: nothing. */
  tell?(spot: Spot): TooltipText | null;
  onPick?(spot: Spot): void;
  /** A stretch was dragged over, from its beginning to where the pointer is. */
  onDrag?(from: Spot, to: Spot, done: boolean): void;
  onZoom?(spot: Spot, factor: number): void;
  onReset?(): void;
}

const STILL = 4; // pixels that a click may move
const ZOOM_SPEED = 0.002; // per pixel of wheel

export function Canvas(props: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  // As last observed: whoever asks for it after a change makes the browser lay out the page at once.
  const width = useRef(0);
  const [hover, setHover] = useState<Spot | null>(null);
  const latest = useRef({ ...props, setHover });
  latest.current = { ...props, setHover };
  const told = hover && props.tell?.(hover);
  useLayoutEffect(() => {
    const element = canvas.current;
    if (!element?.parentElement) return;
    const place = element.parentElement;
    const resized = new ResizeObserver(() => {
      width.current = place.clientWidth;
      redraw(element, latest.current, width.current);
    });
    resized.observe(place);
    const end = listen(element, latest);
    return () => {
      resized.disconnect();
      end();
    };
  }, []);
  // `draw` is another one whenever its component was rendered; a hover alone draws nothing anew.
  useLayoutEffect(() => {
    if (canvas.current) redraw(canvas.current, props, width.current);
  }, [props.draw, props.height]);
  return (
    <div class="canvas-box" style={{ height: `${props.height}px` }}>
      <canvas
        ref={canvas}
        {...POINTED}
        aria-label={props.label}
        data-testid={props.testId}
        class={props.onPick ? "picks" : ""}
      />
      {hover && told && <Tooltip x={hover.clientX} y={hover.clientY} {...told} />}
    </div>
  );
}

function redraw(canvas: HTMLCanvasElement, { height, draw }: Props, width: number): void {
  if (width > 0 && height > 0) draw(sizedContext(canvas, width, height), width);
}

type Latest = { readonly current: Props & { setHover(spot: Spot | null): void } };

function listen(canvas: HTMLCanvasElement, latest: Latest): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  let pressed: Spot | null = null;
  let dragged = false;
  const on = <K extends keyof HTMLElementEventMap>(
    name: K,
    take: (event: HTMLElementEventMap[K]) => void,
  ) => canvas.addEventListener(name, take, { signal, passive: false });
  on("pointerdown", (event) => {
    if (event.button !== 0) return;
    pressed = spotOf(canvas, event);
    dragged = false;
    if (latest.current.onDrag && event.isTrusted) canvas.setPointerCapture(event.pointerId);
  });
  on("pointermove", (event) => {
    const spot = spotOf(canvas, event);
    if (pressed && Math.abs(spot.x - pressed.x) > STILL) dragged = true;
    const dragging = pressed && dragged && latest.current.onDrag;
    if (pressed && dragging) latest.current.onDrag?.(pressed, spot, false);
    latest.current.setHover(dragging ? null : spot);
  });
  on("pointerup", (event) => {
    if (pressed && dragged) latest.current.onDrag?.(pressed, spotOf(canvas, event), true);
    pressed = null;
  });
  on("pointercancel", () => {
    pressed = null;
  });
  on("pointerleave", () => latest.current.setHover(null));
  on("click", (event) => {
    if (!dragged) latest.current.onPick?.(spotOf(canvas, event));
  });
  on("dblclick", () => latest.current.onReset?.());
  on("wheel", (event) => {
    if (!latest.current.onZoom || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    latest.current.onZoom(spotOf(canvas, event), Math.exp(event.deltaY * ZOOM_SPEED));
  });
  return () => stop.abort();
}

function spotOf(canvas: HTMLCanvasElement, { clientX, clientY }: MouseEvent): Spot {
  const { left, top, width } = canvas.getBoundingClientRect();
  return { x: clientX - left, y: clientY - top, width, clientX, clientY };
}
