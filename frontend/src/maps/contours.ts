/** Contour lines by marching squares (Lorensen and Cline 1987, in two dimensions). */
import type { ValueMap } from "./dequantise";

/** A line from (x1, y1) to (x2, y2), in cells; the centre of the first cell is (0.5, 0.5). */
export type Segment = readonly [x1: number, y1: number, x2: number, y2: number];

/** Edges of a square that a line joins, by which corners are above: bits 8, 4, 2, 1 clockwise. */
const JOINS: readonly (readonly (readonly [Edge, Edge])[])[] = [
  [],
  [["left", "bottom"]],
  [["bottom", "right"]],
  [["left", "right"]],
  [["top", "right"]],
  [
    ["left", "top"],
    ["bottom", "right"],
  ],
  [["top", "bottom"]],
  [["left", "top"]],
  [["left", "top"]],
  [["top", "bottom"]],
  [
    ["left", "bottom"],
    ["top", "right"],
  ],
  [["top", "right"]],
  [["left", "right"]],
  [["bottom", "right"]],
  [["left", "bottom"]],
  [],
];
type Edge = "top" | "right" | "bottom" | "left";

/** Returns the lines on which `map` crosses `level`; squares with a non-finite corner have none. */
export function contours(map: ValueMap, level: number): Segment[] {
  const lines: Segment[] = [];
  const { height, width } = map;
  const above = new Uint8Array(map.values.length);
  for (let i = 0; i < above.length; i++) above[i] = map.values[i] > level ? 1 : 0;
  for (let y = 0; y + 1 < height; y++) {
    for (let x = 0, i = y * width; x + 1 < width; x++, i++) {
      const upper = 8 * above[i] + 4 * above[i + 1];
      const which = upper + 2 * above[i + width + 1] + above[i + width];
      if (which !== 0 && which !== 15) addSquare(lines, map, x, y, level, which);
    }
  }
  return lines;
}

function addSquare(
  lines: Segment[],
  map: ValueMap,
  x: number,
  y: number,
  level: number,
  which: number,
): void {
  const first = y * map.width + x;
  const a = map.values[first] - level;
  const b = map.values[first + 1] - level;
  const c = map.values[first + map.width + 1] - level;
  const d = map.values[first + map.width] - level;
  if (!Number.isFinite(a + b + c + d)) return;
  const point = (edge: Edge): readonly [number, number] => {
    if (edge === "top") return [x + 0.5 + a / (a - b), y + 0.5];
    if (edge === "right") return [x + 1.5, y + 0.5 + b / (b - c)];
    if (edge === "bottom") return [x + 0.5 + d / (d - c), y + 1.5];
    return [x + 0.5, y + 0.5 + a / (a - d)];
  };
  for (const [from, to] of JOINS[which]) lines.push([...point(from), ...point(to)]);
}

/** Returns `count` levels, equally spaced between 0 and 1; both signs of each if `signed`. */
export function levels(count: number, signed: boolean): number[] {
  const positive = Array.from({ length: count }, (_, k) => (k + 1) / (count + 1));
  return signed ? [...positive.map((level) => -level).reverse(), ...positive] : positive;
}
