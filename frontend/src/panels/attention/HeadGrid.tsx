/** All heads of a run for one sample: a row per layer, a column per head, on one canvas. */
import { useEffect, useRef } from "preact/hooks";
import type { PanelContext } from "../../types";
import { sizedContext, themeColour } from "../../ui/canvas";
import { useWidth } from "../../ui/size";
import { Raster } from "../attributions/raster";
import { fit } from "../attributions/write";
import { type Cell, cellAt, cornerOf, type GridLayout, gridLayout } from "./grid";
import { heatPixels } from "./heat";
import { inkFor } from "./ink";
import { chooseHead, type Model } from "./model";
import type { Shown } from "./records";
import { shortNames } from "./tokens";
import { headRow, overGrid, peakOf, smallMap } from "./weights";

const FONT = "11px Roboto, system-ui, sans-serif";
const MOST_NAME = 64; // pixels of a layer's name

interface Props {
  readonly model: Model;
  readonly shown: Shown;
  readonly context: PanelContext;
}

export function HeadGrid({ model, shown, context }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(host);
  const names = shortNames(shown.layers.map(({ name }) => name));
  const over = model.view.value === "picture" && shown.grid !== null;
  const aspect = over && shown.grid ? shown.grid[0] / shown.grid[1] : 1;
  const left = Math.min(MOST_NAME, 12 + 7 * Math.max(...names.map(({ length }) => length), 0));
  const heads = shown.layers.map((layer) => layer.heads);
  const layout = gridLayout(heads, width, left, aspect);
  const dark = context.dark.value;
  const ink = inkFor(model, dark, 0);
  const query = over ? model.query.value : -1;
  useEffect(() => {
    if (!canvas.current || width === 0) return;
    const to = sizedContext(canvas.current, layout.width, layout.height);
    paintTiles(to, shown, layout, (cell) => {
      const seen =
        over && shown.grid
          ? overGrid(headRow(shown, cell.layer, cell.head, query), shown.prefix, shown.grid)
          : smallMap(shown, cell.layer, cell.head);
      return { map: seen, ink: inkFor(model, dark, peakOf(seen)) };
    });
    paintNames(to, layout, names);
    outline(to, layout, shown, model);
  }, [shown, width, dark, ink.table, ink.limit, query, model.head.value, left]);
  const at = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const cell = cellAt(layout, event.clientX - box.left, event.clientY - box.top);
    return cell && cell.head < heads[cell.layer] ? cell : null;
  };
  return (
    <div ref={host} class="at-grid">
      {/* biome-ignore lint/a11y/noInteractiveElementToNoninteractiveRole: it takes keys itself, as an application does */}
      <canvas
        ref={canvas}
        tabIndex={0}
        role="application"
        aria-roledescription="grid of attention heads"
        aria-label={`Heads of ${shown.run}: ${layout.rows} layers by ${layout.columns} heads; arrow keys choose`}
        data-testid="attention-grid"
        data-layout={JSON.stringify(layout)}
        onClick={(event) => {
          const cell = at(event);
          if (cell) chooseHead({ layer: shown.layers[cell.layer].name, head: cell.head });
        }}
        onPointerMove={(event) => {
          const cell = at(event);
          event.currentTarget.title = cell
            ? `${shown.layers[cell.layer].name} · head ${cell.head}`
            : "";
        }}
        onKeyDown={(event) => onKey(event, model, shown)}
      />
    </div>
  );
}

type Tile = {
  readonly map: Parameters<typeof heatPixels>[0];
  readonly ink: Parameters<typeof heatPixels>[2];
};

function paintTiles(
  to: CanvasRenderingContext2D,
  shown: Shown,
  layout: GridLayout,
  tileOf: (cell: Cell) => Tile,
): void {
  const ratio = window.devicePixelRatio || 1;
  const raster = new Raster();
  raster.clear(to.canvas.width, to.canvas.height, 0);
  const size = {
    width: Math.round(layout.tile * ratio),
    height: Math.round(layout.tileHeight * ratio),
  };
  shown.layers.forEach(({ heads }, layer) => {
    for (let head = 0; head < heads; head++) {
      const { map, ink } = tileOf({ layer, head });
      const [x, y] = cornerOf(layout, { layer, head });
      raster.put(heatPixels(map, size, ink), size, Math.round(x * ratio), Math.round(y * ratio));
    }
  });
  raster.paint(to);
}

function paintNames(to: CanvasRenderingContext2D, layout: GridLayout, names: readonly string[]) {
  to.font = FONT;
  to.fillStyle = themeColour("--mute");
  to.textBaseline = "middle";
  to.textAlign = "right";
  const every = Math.max(1, Math.ceil(12 / (layout.tileHeight + 3)));
  names.forEach((name, layer) => {
    const [, y] = cornerOf(layout, { layer, head: 0 });
    if (layer % every > 0) return;
    to.fillText(fit(to, name, layout.left - 8), layout.left - 7, y + layout.tileHeight / 2);
  });
  to.textAlign = "center";
  const step = Math.max(1, Math.ceil(16 / (layout.tile + 3)));
  for (let head = 0; head < layout.columns; head += step) {
    const [x] = cornerOf(layout, { layer: 0, head });
    to.fillText(`${head}`, x + layout.tile / 2, layout.top / 2);
  }
}

function outline(
  to: CanvasRenderingContext2D,
  layout: GridLayout,
  shown: Shown,
  model: Model,
): void {
  const chosen = model.head.value;
  to.lineWidth = 1;
  to.strokeStyle = themeColour("--line");
  shown.layers.forEach(({ name, heads }, layer) => {
    for (let head = 0; head < heads; head++) {
      const [x, y] = cornerOf(layout, { layer, head });
      to.strokeRect(x - 0.5, y - 0.5, layout.tile + 1, layout.tileHeight + 1);
      if (name !== chosen?.layer || head !== chosen.head) continue;
      to.strokeStyle = themeColour("--accent");
      to.lineWidth = 2;
      to.strokeRect(x - 1, y - 1, layout.tile + 2, layout.tileHeight + 2);
      to.strokeStyle = themeColour("--line");
      to.lineWidth = 1;
    }
  });
}

const MOVES: Readonly<Record<string, readonly [layers: number, heads: number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

function onKey(event: KeyboardEvent, model: Model, { layers }: Shown): void {
  const move = MOVES[event.key];
  const chosen = model.head.peek();
  if (!move || !chosen) return;
  event.preventDefault();
  const layer = layers.findIndex(({ name }) => name === chosen.layer) + move[0];
  if (layer < 0 || layer >= layers.length) return;
  const head = Math.max(0, Math.min(layers[layer].heads - 1, chosen.head + move[1]));
  chooseHead({ layer: layers[layer].name, head });
}
