/** From values to colours of boxes; pure. */
import { type ColourMapName, colourTable, divergingFor, TABLE_SIZE } from "../../maps/colormaps";
import { paperTable } from "../attention/heat";
import type { Measure } from "./measures";

export interface Shades {
  readonly low: number;
  readonly high: number;
  readonly logarithmic: boolean;
  readonly table: Uint32Array;
}

const SEQUENTIAL: ColourMapName = "magma";

/** Returns the shades for `values` of `measure`; null where none of them can be shown. */
export function shadesFor(
  { scale }: Pick<Measure, "scale">,
  values: readonly number[],
  dark: boolean,
): Shades | null {
  const finite = values.filter(Number.isFinite);
  const logarithmic = scale === "log";
  const usable = logarithmic ? finite.filter((value) => value > 0) : finite;
  if (usable.length === 0) return null;
  const [least, most] = [Math.min(...usable), Math.max(...usable)];
  if (scale === "signed") {
    const limit = Math.max(Math.abs(least), Math.abs(most));
    return { low: -limit, high: limit, logarithmic, table: colourTable(divergingFor(dark)) };
  }
  const low = logarithmic ? least : Math.min(0, least);
  const high = scale === "fraction" ? Math.max(1, most) : most;
  return { low, high, logarithmic, table: paperTable(SEQUENTIAL, dark) };
}

/** Returns the packed colour of `value`; null where there is none. */
export function shadeOf({ low, high, logarithmic, table }: Shades, value: number): number | null {
  if (Number.isNaN(value)) return null;
  const share = logarithmic
    ? Math.log(value / low) / Math.log(high / low || 1)
    : (value - low) / (high - low);
  const held = Number.isNaN(share) ? (value > low ? 1 : 0) : Math.max(0, Math.min(1, share));
  // From a tenth of the table on: also the least of all is seen to have a colour.
  const place = logarithmic ? 0.1 + 0.75 * held : 0.9 * held;
  const whole = low < 0 ? held : place;
  return table[Math.round(whole * (TABLE_SIZE - 1))];
}

/** Returns a packed pixel as CSS. */
export function cssColour(pixel: number): string {
  return `rgb(${pixel & 255} ${(pixel >>> 8) & 255} ${(pixel >>> 16) & 255})`;
}

/** Whether text on the packed colour should be dark. */
export function isLight(pixel: number): boolean {
  return 3 * (pixel & 255) + 6 * ((pixel >>> 8) & 255) + ((pixel >>> 16) & 255) > 1300;
}
