/** What one cell of the picture attends to, over the picture; a click chooses another cell. */

import { useEffect, useRef } from "preact/hooks";
import type { Sample } from "../../samples";
import type { PanelContext } from "../../types";
import { sizedContext, themeColour } from "../../ui/canvas";
import { POINTED } from "../../ui/pointed";
import { picturesReady } from "../attributions/pictures";
import { Raster } from "../attributions/raster";
import { inkFor } from "./ink";
import type { Model } from "./model";
import { overlayPixels } from "./overlay";
import type { Shown } from "./records";
import { chosen, drawn } from "./settings";
import { type HeadMap, overGrid, peakOf, rowOf } from "./weights";

const WIDEST = 440; // pixels

interface Props {
  readonly model: Model;
  readonly shown: Shown;
  readonly map: HeadMap;
  readonly sample: Sample;
  readonly width: number;
  readonly context: PanelContext;
}

export function PictureMap({ model, shown, map, sample, width, context }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [rows, columns] = shown.grid ?? [1, 1];
  const side = Math.min(width, WIDEST);
  const size = { width: side, height: Math.round((side * rows) / columns) };
  const query = model.query.value;
  const over = overGrid(rowOf(map, query), shown.prefix, [rows, columns]);
  const dark = context.dark.value;
  const { limit } = inkFor(model, dark, peakOf(over));
  const ready = picturesReady.value;
  const opacity = drawn.opacity.value;
  useEffect(() => {
    if (!canvas.current || side < 1) return;
    const to = sizedContext(canvas.current, size.width, size.height);
    const device = { width: to.canvas.width, height: to.canvas.height };
    const raster = new Raster();
    raster.clear(device.width, device.height, 0);
    // Nothing is drawn over the picture where nothing was stored.
    const seen = { ...over, values: over.values.map((weight) => weight || 0) };
    raster.put(overlayPixels(seen, sample, limit, opacity, device, dark), device, 0, 0);
    raster.paint(to);
    frameCell(to, size, [rows, columns], query - shown.prefix);
  }, [map, sample, query, side, limit, opacity, dark, ready]);
  const at = (event: MouseEvent): number => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    const row = Math.floor(((event.clientY - box.top) / box.height) * rows);
    const held = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));
    return shown.prefix + held(row, rows) * columns + held(column, columns);
  };
  return (
    <canvas
      ref={canvas}
      {...POINTED}
      aria-label={`What token ${query} of ${shown.run} attends to, over the picture`}
      data-testid="attention-picture"
      onPointerMove={(event) => {
        const { clientX: x, clientY: y } = event;
        model.hover.value = { run: shown.run, query, key: at(event), x, y };
      }}
      onPointerLeave={() => {
        model.hover.value = null;
      }}
      onClick={(event) => {
        chosen.query.value = at(event);
      }}
    />
  );
}

/** White within black, to be seen on any picture. */
function frameCell(
  to: CanvasRenderingContext2D,
  size: { readonly width: number; readonly height: number },
  [rows, columns]: readonly [number, number],
  cell: number,
): void {
  if (cell < 0) return;
  const [wide, high] = [size.width / columns, size.height / rows];
  const [x, y] = [(cell % columns) * wide, Math.floor(cell / columns) * high];
  to.lineWidth = 3;
  to.strokeStyle = "#000";
  to.strokeRect(x + 1, y + 1, wide - 2, high - 2);
  to.lineWidth = 1.5;
  to.strokeStyle = themeColour("--accent");
  to.strokeRect(x + 1, y + 1, wide - 2, high - 2);
}
