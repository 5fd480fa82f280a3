/** Draws a signed map: a pixel for each cell, made larger without smoothing. */
import { divergingFor, pack } from "../../../maps/colormaps";
import type { ValueMap } from "../../../maps/dequantise";
import { themeColour } from "../../../ui/canvas";
import { groundOf } from "../ink";
import { drawn } from "../settings";

/** In CSS pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Images keep their shape; a series takes all the width that there is. */
export function sizeOf(map: ValueMap, width: number, height: number, isSeries: boolean): Size {
  const own = (height * map.width) / map.height;
  return { width: isSeries ? width : Math.min(width, own), height };
}

export function paintMap(
  to: CanvasRenderingContext2D,
  map: ValueMap,
  { width, height }: Size,
  limit: number,
  dark: boolean,
): void {
  const layer = new OffscreenCanvas(map.width, map.height);
  layer.getContext("2d")?.putImageData(pixelsOf(map, limit, dark), 0, 0);
  to.imageSmoothingEnabled = false;
  to.drawImage(layer, 0, 0, width, height);
  to.strokeStyle = themeColour("--line");
  to.lineWidth = 1;
  to.strokeRect(0.5, 0.5, width - 1, height - 1);
}

const LEVELS = 127; // on either side of zero, as many as 8-bit maps have

function pixelsOf({ values, width, height }: ValueMap, limit: number, dark: boolean): ImageData {
  const name = drawn.diverging.value ?? divergingFor(dark);
  const table = Uint32Array.from({ length: 2 * LEVELS + 1 }, (_, i) => {
    return pack(groundOf(i / LEVELS - 1, name, dark) ?? [0, 0, 0]);
  });
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  values.forEach((value, i) => {
    const share = limit > 0 ? Math.max(-1, Math.min(1, value / limit)) : 0;
    // What is no number stays clear.
    if (!Number.isNaN(share)) pixels[i] = table[Math.round((share + 1) * LEVELS)];
  });
  return image;
}
