/** The structure as nested boxes: drag to move, wheel to zoom, click to fold. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { PanelContext } from "../../types";
import { sizedContext, themeColour } from "../../ui/canvas";
import { useSize } from "../../ui/size";
import { type Moves, onKey, useGestures, useWheel, wordsOf } from "./gestures";
import { type Model, toggle } from "./model";
import { paintGraph, type Scene, type Theme } from "./paint";
import { chosen } from "./settings";
import { readable, revealing, type Viewport, whole, zoomed } from "./viewport";
import { ZoomButtons } from "./ZoomButtons";

interface Props {
  readonly model: Model;
  readonly context: PanelContext;
}

export function Drawing({ model, context }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hovered, setHovered] = useState<string | null>(null);
  const { scene, moves } = useScene(model, useSize(host), hovered);
  void context.dark.value; // its colours are read from the page
  useEffect(() => {
    const element = canvas.current;
    if (element && scene) paintGraph(sizedContext(element, scene.width, scene.height), scene);
  });
  useWheel(canvas, moves);
  const gestures = useGestures(scene, moves, (over) => {
    setHovered(over);
    if (canvas.current) canvas.current.title = over === null ? "" : wordsOf(model, over);
  });
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
        data-scene={scene ? JSON.stringify({ view: scene.view, boxes: scene.layout.boxes }) : ""}
        {...gestures}
        onKeyDown={(event) => {
          if (onKey(event.key, model, moves)) event.preventDefault();
        }}
      />
      <ZoomButtons moves={moves} />
    </div>
  );
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** What is to be drawn, and what moves it. */
function useScene(model: Model, size: Size, hovered: string | null) {
  const [view, setView] = useState<Viewport | null>(null);
  const tree = model.tree.value;
  const layout = model.layout.value;
  const selected = model.node.value?.id ?? null;
  const ready = layout !== null && size.width > 0;
  const shown = view ?? (ready ? readable(layout, size) : null);
  // Another model is another drawing: it is seen from its beginning.
  useEffect(() => setView(null), [tree]);
  useEffect(() => {
    const box = layout?.boxes.find(({ id }) => id === selected);
    if (box && shown) setView(revealing(shown, box, size));
  }, [selected, ready, model.reveals.value]);
  const moves: Moves = {
    change: (to) => setView((old) => ((old ?? shown) ? to((old ?? shown) as Viewport) : null)),
    zoom: (factor) => moves.change((old) => zoomed(old, factor, size.width / 2, size.height / 2)),
    showWhole: () => layout && setView(whole(layout, size)),
    showReadable: () => setView(null),
    press: (id) => pressed(model, id, shown, setView),
  };
  const known = { values: model.values.value, shades: model.shades.value };
  const marks = { found: model.found.value, selected, hovered };
  const scene: Scene | null =
    tree && layout && shown
      ? { tree, layout, view: shown, ...size, ...known, ...marks, theme: themeNow() }
      : null;
  return { scene, moves };
}

/** Shows the box `id` in depth and folds or unfolds it; its corner stays where it was on screen. */
function pressed(
  model: Model,
  id: string,
  view: Viewport | null,
  setView: (view: Viewport) => void,
): void {
  const place = () => model.layout.peek()?.boxes.find((box) => box.id === id);
  const before = place();
  const after = toggle(model, id) ? place() : before;
  if (view && before && after && after !== before) {
    const dx = (before.x - after.x) * view.scale;
    const dy = (before.y - after.y) * view.scale;
    setView({ ...view, x: view.x + dx, y: view.y + dy });
  }
  chosen.node.value = id;
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
