/** The chosen tile as large as the column is wide, drawn as in the film strip. */

import { effect, untracked } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { PanelContext } from "../../types";
import { POINTED } from "../../ui/pointed";
import { type Tile, tileSentence } from "./facts";
import { currentLook, lookKey } from "./look";
import type { Model } from "./model";
import { picturesReady } from "./pictures";
import { contentPixels, inputPixels, type Pixels } from "./pixels";
import { Raster } from "./raster";
import type { Look, Size } from "./render";
import { drawn } from "./settings";
import { isAbsence } from "./sources";
import { themeAt } from "./theme";

interface Props {
  readonly context: PanelContext;
  readonly model: Model;
  readonly tile: Tile;
  /** By index. */
  readonly track: number;
  readonly moment: number;
}

export function LargeTile({ context, model, tile, track, moment }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    return effect(() => {
      void [picturesReady.value, context.dark.value];
      paint(element, context, tile);
    });
  });
  const onMove = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const x = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    const y = Math.max(0, Math.min(1, (event.clientY - box.top) / box.height));
    const { clientX, clientY } = event;
    model.hover.value = { track, moment, sample: tile.sample, x, y, clientX, clientY };
  };
  return (
    <canvas
      ref={canvas}
      {...POINTED}
      aria-label={tileSentence(tile)}
      data-testid="detail-canvas"
      onPointerMove={onMove}
      onPointerLeave={() => {
        model.hover.value = null;
      }}
    />
  );
}

function paint(canvas: HTMLCanvasElement, context: PanelContext, tile: Tile): void {
  const probe = tile.run.probes[0];
  const aspect = probe ? Math.max(0.25, Math.min(4, probe.height / probe.width)) : 1;
  const width = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
  const size = { width, height: Math.max(1, Math.round(width * aspect)) };
  const target = canvas.getContext("2d", { alpha: false });
  if (!target) throw new Error("The browser gave no canvas to draw on.");
  canvas.width = size.width;
  canvas.height = size.height;
  const look = currentLook(context.dark.value);
  const pixels = untracked(() => pixelsOf(tile, look, size));
  const raster = new Raster();
  const theme = themeAt(canvas);
  raster.clear(size.width, size.height, theme.cardPixel);
  if (pixels instanceof Uint32Array) raster.put(pixels, size, 0, 0);
  else {
    const gap = isAbsence(tile.content) && tile.content.gap;
    raster.blank(size, 0, 0, gap ? theme.linePixel : look.ground, gap);
  }
  raster.paint(target);
}

function pixelsOf(tile: Tile, look: Look, size: Size): Pixels {
  if (drawn.drawing.value === "input") return inputPixels(tile.sample, size);
  if (isAbsence(tile.content)) return null;
  return contentPixels(tile.content, tile.sample, { look, key: lookKey(look), size });
}
