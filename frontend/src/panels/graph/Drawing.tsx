/** The structure as nested boxes: drag to move, wheel to zoom, click to fold. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { PanelContext } from "../../types";
import { sizedContext, themeColour } from "../../ui/canvas";
import { type Model, revealNode, toggle } from "./model";
import { boxAt, paintGraph, type Scene, type Theme } from "./paint";
import { chosen } from "./settings";
import { readable, revealing, type Viewport, whole, zoomed } from "./viewport";

interface Props {
  readonly model: Model;
  readonly context: PanelContext;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const ZOOM_SPEED = 0.0016; // per pixel of wheel
const STEP = 1.25; // of a zoom by key or button
const MOVED = 4; // pixels from which on a press is a drag

export function Drawing({ model, context }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSize(host);
  const [view, setView] = useState<Viewport | null>(null);
  const [hovered, setHovered] = useState<string | null>(null);
  const drag = useRef<{ x: number; y: number; moved: boolean } | null>(null);
  const tree = model.tree.value;
  const layout = model.layout.value;
  void context.dark.value;
  const selected = model.node.value?.id ?? null;
  const ready = layout !== null && size.width > 0;
  const shown = view ?? (ready ? readable(layout, size) : null);
  const scene: Scene | null =
    tree && layout && shown
      ? {
          tree,
          layout,
          view: shown,
          ...size,
          values: model.values.value,
          shades: model.shades.value,
          found: model.found.value,
          selected,
          hovered,
          theme: themeNow(),
        }
      : null;
  useEffect(() => {
    if (canvas.current && scene)
      paintGraph(sizedContext(canvas.current, size.width, size.height), scene);
  });
  // Another model is another drawing: it is seen from its beginning.
  useEffect(() => setView(null), [tree]);
  useEffect(() => {
    const box = layout?.boxes.find(({ id }) => id === selected);
    if (box && shown) setView(revealing(shown, box, size));
  }, [selected, ready, model.reveals.value]);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left, event.clientY - box.top];
      setView((old) => wheeled(old ?? scene?.view ?? null, event, x, y));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  });
  const at = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return scene && boxAt(scene, event.clientX - box.left, event.clientY - box.top);
  };
  const press = (id: string) => {
    const before = layout?.boxes.find((box) => box.id === id);
    if (toggle(model, id) && before && shown) keepPlace(model, id, before, shown, setView);
    chosen.node.value = id;
  };
  const zoomBy = (factor: number) =>
    shown && setView(zoomed(shown, factor, size.width / 2, size.height / 2));
  return (
    <div ref={host} class="gr-drawing">
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it takes keys itself, as an application does */}
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-roledescription="drawing of the model"
        aria-label="Modules and what flows between them; arrow keys walk, Enter folds, plus and minus zoom"
        data-testid="graph-canvas"
        data-scene={scene ? JSON.stringify({ view: scene.view, boxes: layout?.boxes }) : ""}
        class={drag.current?.moved ? "dragged" : ""}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { x: event.clientX, y: event.clientY, moved: false };
        }}
        onPointerMove={(event) => {
          const held = drag.current;
          if (!held) {
            const over = at(event)?.id ?? null;
            event.currentTarget.title = over ? wordsOf(model, over) : "";
            return setHovered(over);
          }
          const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
          if (!held.moved && Math.hypot(dx, dy) < MOVED) return;
          drag.current = { x: event.clientX, y: event.clientY, moved: true };
          if (shown) setView({ ...shown, x: shown.x + dx, y: shown.y + dy });
        }}
        onPointerUp={(event) => {
          const box = drag.current?.moved ? null : at(event);
          drag.current = null;
          if (box) press(box.id);
        }}
        onPointerLeave={() => setHovered(null)}
        onKeyDown={(event) => {
          const acted = onKey(event.key, model, press, zoomBy);
          if (acted) event.preventDefault();
        }}
      />
      <div class="gr-zoom" data-screen-only>
        <button type="button" aria-label="Zoom in" onClick={() => zoomBy(STEP)}>
          +
        </button>
        <button type="button" aria-label="Zoom out" onClick={() => zoomBy(1 / STEP)}>
          −
        </button>
        <button
          type="button"
          data-testid="graph-whole"
          onClick={() => layout && setView(whole(layout, size))}
        >
          whole
        </button>
        <button type="button" data-testid="graph-readable" onClick={() => setView(null)}>
          readable
        </button>
      </div>
    </div>
  );
}

/** "layer0.conv1 (Conv2d): parameters 1.23 M". */
function wordsOf({ tree, measure, values }: Model, id: string): string {
  const node = tree.peek()?.nodes.get(id);
  const { title, format } = measure.peek();
  const value = values.peek().get(id);
  const words = value === undefined ? "" : `: ${title} ${format(value)}`;
  return node ? `${node.name} (${node.type})${words}` : "";
}

/** The wheel moves, as it does everywhere; with Control, as a pinch has it, it zooms. */
function wheeled(view: Viewport | null, event: WheelEvent, x: number, y: number): Viewport | null {
  if (!view) return view;
  if (event.ctrlKey || event.metaKey) {
    return zoomed(view, Math.exp(-ZOOM_SPEED * 3 * event.deltaY), x, y);
  }
  const [dx, dy] = event.shiftKey ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
  return { ...view, x: view.x - dx, y: view.y - dy };
}

/** After folding, the module's corner stays where it was on screen. */
function keepPlace(
  model: Model,
  id: string,
  before: { readonly x: number; readonly y: number },
  view: Viewport,
  setView: (view: Viewport) => void,
): void {
  const after = model.layout.peek()?.boxes.find((box) => box.id === id);
  if (!after) return;
  const dx = (before.x - after.x) * view.scale;
  const dy = (before.y - after.y) * view.scale;
  setView({ ...view, x: view.x + dx, y: view.y + dy });
}

function onKey(
  key: string,
  model: Model,
  press: (id: string) => void,
  zoomBy: (factor: number) => void,
): boolean {
  const boxes = model.layout.peek()?.boxes ?? [];
  const index = boxes.findIndex(({ id }) => id === model.node.peek()?.id);
  const walk = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[key];
  if (walk) {
    const target = boxes[Math.max(0, Math.min(boxes.length - 1, index + walk))];
    if (target) revealNode(model, target.id);
  } else if ((key === "Enter" || key === " ") && index >= 0) press(boxes[index].id);
  else if (key === "+" || key === "-") zoomBy(key === "+" ? STEP : 1 / STEP);
  else return false;
  return true;
}

function themeNow(): Theme {
  return {
    panel: themeColour("--panel"),
    hover: themeColour("--hover"),
    line: themeColour("--line"),
    text: themeColour("--text"),
    mute: themeColour("--mute"),
    accent: themeColour("--accent"),
    track: themeColour("--track"),
  };
}

function useSize(element: { readonly current: HTMLElement | null }): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    const measured = element.current;
    if (!measured) return;
    const update = () => setSize({ width: measured.clientWidth, height: measured.clientHeight });
    const observer = new ResizeObserver(update);
    observer.observe(measured);
    update();
    return () => observer.disconnect();
  }, []);
  return size;
}
