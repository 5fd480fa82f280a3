/** Contour lines of maps that are as large as the picture they are drawn into. */
import type { ValueMap } from "./dequantise";

const NO_VALUE = 255; // more than there are bands

/**
 * Returns 1 for each cell of `map` that a contour line passes, else 0.
 *
 * `levels` ascend. A line runs between two bands of values, through the last cell above or left
 * of it; a cell that is not finite borders on no line.
 */
export function contours(map: ValueMap, levels: readonly number[]): Uint8Array {
  const { height, width } = map;
  const bands = bandsOf(map.values, levels);
  const lines = new Uint8Array(bands.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const right = x + 1 < width ? bands[i + 1] : NO_VALUE;
      const below = y + 1 < height ? bands[i + width] : NO_VALUE;
      if (differ(bands[i], right) || differ(bands[i], below)) lines[i] = 1;
    }
  }
  return lines;
}

function differ(band: number, other: number): boolean {
  return band !== other && band !== NO_VALUE && other !== NO_VALUE;
}

/** Returns for each value how many of `levels` it exceeds. */
function bandsOf(values: Float32Array, levels: readonly number[]): Uint8Array {
  const bands = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    let band = 0;
    while (band < levels.length && value > levels[band]) band++;
    bands[i] = Number.isFinite(value) ? band : NO_VALUE;
  }
  return bands;
}

/** Returns `count` levels, equally spaced between 0 and 1; both signs of each if `signed`. */
export function levels(count: number, signed: boolean): number[] {
  const positive = Array.from({ length: count }, (_, k) => (k + 1) / (count + 1));
  return signed ? [...positive.map((level) => -level).reverse(), ...positive] : positive;
}
