/** The one ImageData that a canvas is drawn through. */
import type { Size } from "./render";

const HATCH_PERIOD = 8; // device pixels
/** Shorter rows are copied pixel by pixel: a subarray costs more than they do. */
const COPIED_WHOLE_FROM = 48; // pixels

export class Raster {
  #image: ImageData | null = null;
  #pixels = new Uint32Array(0);

  /** Makes the raster `width` x `height` device pixels of `colour`. */
  clear(width: number, height: number, colour: number): void {
    if (this.#image?.width !== width || this.#image.height !== height) {
      this.#image = new ImageData(width, height);
      this.#pixels = new Uint32Array(this.#image.data.buffer);
    }
    this.#pixels.fill(colour);
  }

  /** Copies a tile to (left, top), cut off at the edges. */
  put(tile: Uint32Array, size: Size, left: number, top: number): void {
    const { width, height } = this.#bounds;
    const from = Math.max(0, -left);
    const to = Math.min(size.width, width - left);
    if (to <= from) return;
    const end = Math.min(size.height, height - top);
    const pixels = this.#pixels;
    for (let y = Math.max(0, -top); y < end; y++) {
      const target = (top + y) * width + left;
      const source = y * size.width;
      if (to - from >= COPIED_WHOLE_FROM) {
        pixels.set(tile.subarray(source + from, source + to), target + from);
      } else for (let x = from; x < to; x++) pixels[target + x] = tile[source + x];
    }
  }

  /** Fills a tile at (left, top) with `colour`, in stripes if `hatched`. */
  blank(size: Size, left: number, top: number, colour: number, hatched: boolean): void {
    const { width, height } = this.#bounds;
    const [fromX, toX] = [Math.max(0, left), Math.min(width, left + size.width)];
    const toY = Math.min(height, top + size.height);
    for (let y = Math.max(0, top); y < toY; y++) {
      for (let x = fromX; x < toX; x++) {
        if (!hatched || (x + y) % HATCH_PERIOD < 2) this.#pixels[y * width + x] = colour;
      }
    }
  }

  /** Draws a line of one pixel around a tile at (left, top). */
  edge({ width, height }: Size, left: number, top: number, colour: number): void {
    const across = { width: width + 2, height: 1 };
    const down = { width: 1, height };
    this.blank(across, left - 1, top - 1, colour, false);
    this.blank(across, left - 1, top + height, colour, false);
    this.blank(down, left - 1, top, colour, false);
    this.blank(down, left + width, top, colour, false);
  }

  paint(context: CanvasRenderingContext2D): void {
    if (this.#image) context.putImageData(this.#image, 0, 0);
  }

  get #bounds(): Size {
    return this.#image ?? { width: 0, height: 0 };
  }
}
