/** From one map and its scale to the pixels of a tile of any size. */
import { type ColourMapName, colourTable } from "../../maps/colormaps";
import { compose } from "../../maps/compose";
import { contours, levels } from "../../maps/contours";
import type { ValueMap } from "../../maps/dequantise";
import type { Picture } from "../../maps/resample";
import { resample } from "../../maps/resample";
import { type Scale, toShares } from "../../maps/scale";
import { smooth } from "../../maps/smooth";
import { upsample } from "../../maps/upsample";

/** Everything but the data that changes a tile's pixels. */
export interface Look {
  readonly solid: boolean;
  readonly opacity: number;
  readonly threshold: number;
  /** Fraction of the map's width. */
  readonly smoothing: number;
  /** 0: no contour lines. */
  readonly levels: number;
  readonly sequential: ColourMapName;
  readonly diverging: ColourMapName;
  /** Packed pixel drawn where there is no picture. */
  readonly ground: number;
}

export interface Size {
  readonly height: number;
  readonly width: number;
}

/** Returns the colour map that values on `scale` are drawn with. */
export function coloursOf(look: Look, scale: Scale): ColourMapName {
  return scale.signed ? look.diverging : look.sequential;
}

/** Returns the pixels of `map` over `picture`, both of `size`. */
export function renderMap(
  map: ValueMap,
  picture: Uint32Array | null,
  scale: Scale,
  look: Look,
  size: Size,
): Uint32Array {
  const values = upsample(smooth(map, look.smoothing), size.height, size.width);
  const shares = toShares(values, scale);
  const pixels = compose(look.solid ? null : picture, shares, size.width, {
    ...look,
    table: colourTable(coloursOf(look, scale)),
    signed: scale.signed,
  });
  if (look.levels > 0) drawContours(pixels, { ...size, values: shares }, look, scale.signed);
  return pixels;
}

/** Returns the pixels of a picture alone, at `size`. */
export function renderPicture(picture: Picture, size: Size): Uint32Array {
  return resample(picture, size.height, size.width);
}

function drawContours(pixels: Uint32Array, shares: ValueMap, look: Look, signed: boolean): void {
  const drawn = levels(look.levels, signed).filter((level) => Math.abs(level) >= look.threshold);
  const lines = contours(shares, drawn);
  for (let i = 0; i < lines.length; i++) if (lines[i]) pixels[i] = contrasting(pixels[i]);
}

/** White on dark pixels and black on light ones. */
function contrasting(pixel: number): number {
  const light = 3 * (pixel & 255) + 6 * ((pixel >>> 8) & 255) + ((pixel >>> 16) & 255);
  return light > 1400 ? 0xff000000 : 0xffffffff;
}
