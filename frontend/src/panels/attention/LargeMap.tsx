/** One head's weights, large: queries downwards, keys across. */

import { useEffect, useRef } from "preact/hooks";
import type { PanelContext } from "../../types";
import { sizedContext, themeColour } from "../../ui/canvas";
import { POINTED } from "../../ui/pointed";
import { Raster } from "../attributions/raster";
import { fit } from "../attributions/write";
import { heatPixels } from "./heat";
import { inkFor } from "./ink";
import { type MapLayout, mapLayout, placeAt } from "./mapLayout";
import type { Model } from "./model";
import type { Shown } from "./records";
import { chosen } from "./settings";
import { tokenLabels } from "./tokens";
import { type HeadMap, peakOf } from "./weights";

const FONT = "11px Roboto, system-ui, sans-serif";
const LABEL = [26, 92] as const; // pixels, least and most

interface Props {
  readonly model: Model;
  readonly shown: Shown;
  readonly map: HeadMap;
  readonly width: number;
  readonly context: PanelContext;
}

export function LargeMap({ model, shown, map, width, context }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const labels = tokenLabels(shown);
  const longest = Math.max(0, ...labels.map(({ length }) => length));
  const label = shown.grid ? LABEL[0] : Math.max(LABEL[0], Math.min(LABEL[1], 10 + 6 * longest));
  const layout = mapLayout(map.height, map.width, width, label);
  const dark = context.dark.value;
  const ink = inkFor(model, dark, peakOf(map));
  const query = model.query.value;
  const hover = model.hover.value;
  useEffect(() => {
    if (!canvas.current) return;
    const to = sizedContext(canvas.current, layout.width, layout.height);
    paintCells(to, layout, map, ink);
    paintLabels(to, layout, map, shown.grid ? numbers(map) : labels);
    frameRow(to, layout, map, query, "--accent");
    if (hover) frameRow(to, layout, map, hover.query, "--mute");
  }, [map, width, dark, ink.table, ink.limit, query, hover?.query]);
  const at = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    return placeAt(layout, [map.height, map.width], x, y);
  };
  return (
    <canvas
      ref={canvas}
      {...POINTED}
      aria-label={`Attention of ${shown.run}: ${map.height} queries by ${map.width} keys`}
      data-testid="attention-map"
      data-layout={JSON.stringify(layout)}
      onPointerMove={(event) => {
        const { query: over, key } = at(event);
        const { clientX: x, clientY: y } = event;
        model.hover.value = over === null ? null : { run: shown.run, query: over, key, x, y };
      }}
      onPointerLeave={() => {
        model.hover.value = null;
      }}
      onPointerDown={(event) => {
        const { query: over } = at(event);
        if (over !== null) chosen.query.value = over;
      }}
    />
  );
}

function numbers({ height }: HeadMap): string[] {
  return Array.from({ length: height }, (_, i) => `${i}`);
}

function paintCells(
  to: CanvasRenderingContext2D,
  layout: MapLayout,
  map: HeadMap,
  ink: Parameters<typeof heatPixels>[2],
): void {
  const ratio = window.devicePixelRatio || 1;
  const size = {
    width: Math.max(1, Math.round(layout.cell * map.width * ratio)),
    height: Math.max(1, Math.round(layout.cell * map.height * ratio)),
  };
  const raster = new Raster();
  raster.clear(to.canvas.width, to.canvas.height, 0);
  const [left, top] = [layout.left, layout.top].map((at) => Math.round(at * ratio));
  raster.put(heatPixels(map, size, ink), size, left, top);
  raster.paint(to);
  to.strokeStyle = themeColour("--line");
  to.lineWidth = 1;
  const [wide, high] = [layout.cell * map.width, layout.cell * map.height];
  to.strokeRect(layout.left - 0.5, layout.top - 0.5, wide + 1, high + 1);
}

function paintLabels(
  to: CanvasRenderingContext2D,
  layout: MapLayout,
  map: HeadMap,
  labels: readonly string[],
): void {
  const { left, top, cell, every } = layout;
  to.font = FONT;
  to.fillStyle = themeColour("--mute");
  to.textBaseline = "middle";
  to.textAlign = "right";
  for (let query = 0; query < map.height; query += every) {
    to.fillText(fit(to, labels[query] ?? "", left - 8), left - 6, top + (query + 0.5) * cell);
  }
  to.textAlign = "left";
  for (let key = 0; key < map.width; key += every) {
    to.save();
    to.translate(left + (key + 0.5) * cell, top - 6);
    to.rotate(-Math.PI / 2);
    to.fillText(fit(to, labels[key] ?? `${key}`, top - 8), 0, 0);
    to.restore();
  }
}

function frameRow(
  to: CanvasRenderingContext2D,
  { left, top, cell }: MapLayout,
  map: HeadMap,
  query: number,
  colour: string,
): void {
  if (query >= map.height) return;
  to.strokeStyle = themeColour(colour);
  to.lineWidth = 1.5;
  const height = Math.max(2, cell);
  to.strokeRect(left - 0.5, top + query * cell - 0.5, cell * map.width + 1, height + 1);
}
