/** The one canvas of the panel: the tiles of the cards in view. */
import { useEffect, useRef } from "preact/hooks";
import { pack } from "../../../maps/colormaps";
import { lookKey } from "../../attributions/look";
import { picturesReady } from "../../attributions/pictures";
import { Raster } from "../../attributions/raster";
import { themeAt } from "../../attributions/theme";
import { dark, pairs } from "../model";
import { shown } from "../settings";
import type { Pictured } from "./contents";
import { showing } from "./flicker";
import { GAP, type Grid } from "./grid";
import { paintCards, type Scene } from "./paint";
import { lookNow } from "./pictured";

const MARK = pack([255, 255, 255]); // between the two sides of a wipe

interface Props {
  readonly grid: Grid;
  readonly pictured: Pictured;
  /** Of the first and behind the last card in view. */
  readonly first: number;
  readonly end: number;
}

export function Tiles({ grid, pictured, first, end }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const raster = useRef(new Raster());
  const all = pairs.value;
  const rows = Math.ceil((Math.min(end, all.length) - first) / grid.columns);
  const width = grid.columns * (grid.cardWidth + GAP);
  const height = Math.max(1, rows * grid.pitch);
  // Read here, not in the effect: what a signal of these changes is drawn anew.
  const look = lookNow();
  const drawn = {
    ...{ pictured, pairs: all, first, end, grid, look, lookKey: lookKey(look) },
    mode: shown.mode.value,
    divider: shown.divider.value,
    showing: showing.value,
  };
  const current = [picturesReady.value, dark.value];
  useEffect(() => {
    if (!canvas.current || rows <= 0 || current.length === 0) return;
    const start = performance.now();
    const complete = draw(canvas.current, raster.current, { width, height }, drawn);
    if (complete) performance.measure("tb-explain:compare", { start });
  });
  return (
    <canvas
      ref={canvas}
      class="cmp-tiles"
      style={{
        top: `${Math.floor(first / grid.columns) * grid.pitch}px`,
        width: `${width}px`,
        height: `${height}px`,
      }}
      role="img"
      aria-label="Maps of the samples in view, at A and at B"
      data-testid="compare-canvas"
      data-showing={showing.value}
    />
  );
}

/** Returns whether all pictures were there. */
function draw(
  canvas: HTMLCanvasElement,
  raster: Raster,
  size: { readonly width: number; readonly height: number },
  drawn: Omit<Scene, "ratio" | "colours">,
): boolean {
  const ratio = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== down) canvas.height = down;
  raster.clear(across, down, 0);
  const colours = { divider: MARK, none: themeAt(canvas).linePixel };
  const complete = paintCards(raster, { ...drawn, ratio, colours });
  const to = canvas.getContext("2d");
  if (to) raster.paint(to);
  return complete;
}
