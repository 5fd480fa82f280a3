/** One map of a sheet as pixels and as numbers. */
import { pack } from "../../maps/colormaps";
import { coloursFor } from "./cells";
import { NONFINITE } from "./heat";
import type { Tile } from "./maps";
import { placeOn } from "./scale";

/**
 * Returns [height * width] packed pixels; a magnitude of `limit` has the full colour.
 *
 * Three planes are taken for red, green and blue; of any other number the mean is drawn.
 */
export function tilePixels(tile: Tile, limit: number, dark: boolean): Uint32Array {
  const { height, width, planes, signed } = tile;
  const pixels = new Uint32Array(height * width);
  const top = limit || 1;
  const scale = { logarithmic: false, signed, low: signed ? -top : 0, high: top };
  const colours = coloursFor(scale, dark);
  for (let i = 0; i < pixels.length; i++) {
    const values = valuesAt(tile, i);
    if (!values.every(Number.isFinite)) pixels[i] = NONFINITE;
    else if (planes === 3) {
      const [red, green, blue] = values.map((value) => Math.round(127.5 * (1 + value / top)));
      pixels[i] = pack([red, green, blue]);
    } else {
      const mean = values.reduce((sum, value) => sum + value, 0) / (planes || 1);
      pixels[i] = colours[Math.round(placeOn(scale, mean) * (colours.length - 1))];
    }
  }
  return pixels;
}

function valuesAt({ array, start, planes, height, width, scale }: Tile, cell: number): number[] {
  return Array.from(
    { length: planes },
    (_, plane) => Number(array.data[start + plane * height * width + cell]) * scale,
  );
}

const TOLD = 3; // planes told one by one

/** Returns the values at fractions of the tile; null outside. */
export function tileValue(tile: Tile, u: number, v: number): number[] | null {
  const side = Math.max(tile.height, tile.width);
  const [x, y] = [Math.floor(u * side), Math.floor(v * side)];
  if (x < 0 || y < 0 || x >= tile.width || y >= tile.height) return null;
  const values = valuesAt(tile, y * tile.width + x);
  if (values.length <= TOLD) return values;
  return [values.reduce((sum, value) => sum + value, 0) / values.length];
}
