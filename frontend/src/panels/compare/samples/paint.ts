/** Draws the tiles of the cards in view into one raster. */
import type { Sample } from "../../../samples";
import { contentPixels, type Pixels } from "../../attributions/pixels";
import type { Raster } from "../../attributions/raster";
import type { Look, Size } from "../../attributions/render";
import type { Pair } from "../pairs";
import type { Mode } from "../settings";
import { contentOf, type Part, type Pictured } from "./contents";
import { type Grid, tilePlace } from "./grid";

export interface Scene {
  readonly pictured: Pictured;
  readonly pairs: readonly Pair[];
  /** Of the first and behind the last card that is drawn. */
  readonly first: number;
  readonly end: number;
  readonly grid: Grid;
  readonly mode: Mode;
  /** Where the wipe divides, from the left. */
  readonly divider: number;
  /** Which end a flicker shows now. */
  readonly showing: "a" | "b";
  readonly look: Look;
  readonly lookKey: string;
  readonly ratio: number;
  /** Of the line of a wipe, and where nothing is drawn. */
  readonly colours: { readonly divider: number; readonly none: number };
}

const PARTS: readonly Part[] = ["a", "b", "difference"];

/** Draws the cards, their first row at the top; returns whether all of them are complete. */
export function paintCards(raster: Raster, scene: Scene): boolean {
  const { grid, first, end, ratio, pairs } = scene;
  const size = {
    width: Math.max(1, Math.round(grid.tile * ratio)),
    height: Math.max(1, Math.round(grid.tileHeight * ratio)),
  };
  const top = Math.floor(first / grid.columns) * grid.pitch;
  let complete = true;
  for (let index = first; index < Math.min(end, pairs.length); index++) {
    for (let tile = 0; tile < grid.tiles; tile++) {
      const { x, y } = tilePlace(grid, index, tile);
      const place = { left: Math.round(x * ratio), top: Math.round((y - top) * ratio) };
      complete = paintTile(raster, scene, pairs[index].sample, tile, size, place) && complete;
    }
  }
  return complete;
}

interface Place {
  readonly left: number;
  readonly top: number;
}

function paintTile(
  raster: Raster,
  scene: Scene,
  sample: Sample,
  tile: number,
  size: Size,
  { left, top }: Place,
): boolean {
  const pixels = tilePixels(scene, sample, tile, size);
  if (pixels instanceof Uint32Array) raster.put(pixels, size, left, top);
  else raster.blank(size, left, top, scene.colours.none, pixels === null);
  if (scene.mode === "wipe" && pixels instanceof Uint32Array) {
    const width = Math.max(2, Math.round(2 * scene.ratio));
    const at = Math.round(scene.divider * (size.width - width));
    raster.blank({ width, height: size.height }, left + at, top, scene.colours.divider, false);
  }
  return pixels !== "pending";
}

function tilePixels(scene: Scene, sample: Sample, tile: number, size: Size): Pixels {
  const { mode, showing } = scene;
  if (mode === "side") return partPixels(scene, sample, PARTS[tile], size);
  if (mode === "difference") return partPixels(scene, sample, "difference", size);
  if (mode === "flicker") return partPixels(scene, sample, showing, size);
  const [a, b] = [partPixels(scene, sample, "a", size), partPixels(scene, sample, "b", size)];
  if (!(a instanceof Uint32Array) || !(b instanceof Uint32Array)) return a && b && "pending";
  return wiped(a, b, size, Math.round(scene.divider * size.width));
}

function partPixels(scene: Scene, sample: Sample, part: Part, size: Size): Pixels {
  const content = contentOf(scene.pictured, part, sample);
  if (!content) return null;
  const solid = scene.look.solid || part === "difference";
  const brush = { look: { ...scene.look, solid }, key: `${scene.lookKey} ${solid}`, size };
  return contentPixels(content, sample, brush);
}

/** Returns `a` left of pixel `at`, and `b` from there on. */
export function wiped(a: Uint32Array, b: Uint32Array, { width }: Size, at: number): Uint32Array {
  const out = b.slice();
  for (let row = 0; row < out.length; row += width) out.set(a.subarray(row, row + at), row);
  return out;
}
