/** What pointer, wheel and keys do on the drawing. */
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { type Model, revealNode } from "./model";
import { boxAt, type Scene } from "./paint";
import { type Viewport, zoomed } from "./viewport";
import { STEP } from "./ZoomButtons";

/** What can be done to the drawing. */
export interface Moves {
  change(to: (view: Viewport) => Viewport): void;
  /** Zooms about the middle. */
  zoom(factor: number): void;
  showWhole(): void;
  showReadable(): void;
  /** Chooses a box, and folds or unfolds it. */
  press(id: string): void;
}

const ZOOM_SPEED = 0.005; // per pixel of wheel
const MOVED = 4; // pixels from which on a press is a drag

/** Returns the pointer's handlers; a press that does not move presses the box under it. */
export function useGestures(scene: Scene | null, moves: Moves, hover: (id: string | null) => void) {
  const drag = useRef<{ x: number; y: number; moved: boolean } | null>(null);
  const at = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return scene && boxAt(scene, event.clientX - box.left, event.clientY - box.top);
  };
  return {
    onPointerDown(event: PointerEvent) {
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      drag.current = { x: event.clientX, y: event.clientY, moved: false };
    },
    onPointerMove(event: PointerEvent) {
      const held = drag.current;
      if (!held) return hover(at(event)?.id ?? null);
      const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
      if (!held.moved && Math.hypot(dx, dy) < MOVED) return;
      drag.current = { x: event.clientX, y: event.clientY, moved: true };
      moves.change((view) => ({ ...view, x: view.x + dx, y: view.y + dy }));
    },
    onPointerUp(event: PointerEvent) {
      const box = drag.current?.moved ? null : at(event);
      drag.current = null;
      if (box) moves.press(box.id);
    },
    onPointerLeave: () => hover(null),
  };
}

/** The wheel moves, as it does everywhere; with Control, as a pinch has it, it zooms. */
export function useWheel(canvas: RefObject<HTMLCanvasElement | null>, moves: Moves): void {
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      moves.change((view) => wheeled(view, event, x, y));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  });
}

function wheeled(view: Viewport, event: WheelEvent, x: number, y: number): Viewport {
  if (event.ctrlKey || event.metaKey) {
    return zoomed(view, Math.exp(-ZOOM_SPEED * event.deltaY), x, y);
  }
  const [dx, dy] = event.shiftKey ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
  return { ...view, x: view.x - dx, y: view.y - dy };
}

const WALKS: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowRight: 1,
  ArrowUp: -1,
  ArrowLeft: -1,
};

/** Does what `key` stands for; says whether it stands for anything. */
export function onKey(key: string, model: Model, moves: Moves): boolean {
  const boxes = model.layout.peek()?.boxes ?? [];
  const index = boxes.findIndex(({ id }) => id === model.node.peek()?.id);
  if (key in WALKS) {
    const target = boxes[Math.max(0, Math.min(boxes.length - 1, index + WALKS[key]))];
    if (target) revealNode(model, target.id);
  } else if ((key === "Enter" || key === " ") && index >= 0) moves.press(boxes[index].id);
  else if (key === "+" || key === "-") moves.zoom(key === "+" ? STEP : 1 / STEP);
  else return false;
  return true;
}

/** "layer0.conv1 (Conv2d): parameters 1.23 M". */
export function wordsOf({ tree, measure, values }: Model, id: string): string {
  const node = tree.peek()?.nodes.get(id);
  const { title, format } = measure.peek();
  const value = values.peek().get(id);
  const words = value === undefined ? "" : `: ${title} ${format(value)}`;
  return node ? `${node.name} (${node.type})${words}` : "";
}
