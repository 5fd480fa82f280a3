/** From weights to pixels. */
import { type ColourMapName, colourTable, TABLE_SIZE } from "../../maps/colormaps";
import type { ValueMap } from "../../maps/dequantise";
import type { Size } from "../attributions/render";

export interface HeatInk {
  readonly table: Uint32Array;
  /** The weight drawn at the end of the table. */
  readonly limit: number;
  /** Packed pixel drawn where nothing was stored. */
  readonly ground: number;
}

/** Of the lightest colours, those that fade into white, so that zero is the paper itself. */
const FADED = 48; // of TABLE_SIZE

const onPaper = new Map<ColourMapName, Uint32Array>();

/** Returns the colours of `name` whose zero is next to the paper: light on light, dark on dark. */
export function paperTable(name: ColourMapName, dark: boolean): Uint32Array {
  if (dark) return colourTable(name);
  const known = onPaper.get(name) ?? colourTable(name).slice().reverse().map(faded);
  onPaper.set(name, known);
  return known;
}

function faded(pixel: number, place: number): number {
  const share = Math.max(0, 1 - place / FADED);
  const mixed = (shift: number) => {
    const own = (pixel >>> shift) & 255;
    return Math.round(own + (255 - own) * share) << shift;
  };
  return (0xff000000 | mixed(16) | mixed(8) | mixed(0)) >>> 0;
}

/**
 * Returns the pixels of `map` at `size`.
 *
 * Made larger, cells stay squares; made smaller, a pixel shows the largest weight it covers, so
 * that a diagonal does not vanish.
 */
export function heatPixels(map: ValueMap, size: Size, ink: HeatInk): Uint32Array {
  const out = new Uint32Array(size.height * size.width);
  const rows = covered(map.height, size.height);
  const columns = covered(map.width, size.width);
  const factor = ink.limit > 0 ? (TABLE_SIZE - 1) / ink.limit : 0;
  for (let y = 0, i = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++, i++) {
      const weight = largest(map, rows[y], rows[y + 1], columns[x], columns[x + 1]);
      const place = Math.min(TABLE_SIZE - 1, Math.round(weight * factor));
      out[i] = Number.isNaN(weight) ? ink.ground : ink.table[place];
    }
  }
  return out;
}

/** Returns for each of `to` pixels the first of `from` cells that it covers. */
function covered(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to + 1 }, (_, i) => Math.floor((i * from) / to));
}

function largest(map: ValueMap, top: number, bottom: number, left: number, right: number) {
  let found = Number.NaN;
  for (let y = top; y < Math.max(bottom, top + 1); y++) {
    for (let x = left; x < Math.max(right, left + 1); x++) {
      const weight = map.values[y * map.width + x];
      if (!(weight <= found) && !Number.isNaN(weight)) found = weight;
    }
  }
  return found;
}
