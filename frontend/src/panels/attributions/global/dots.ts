/** Draws very many dots through one ImageData. */
import { colourTable, TABLE_SIZE } from "../../../maps/colormaps";

/** Of values: dark to light, or light to dark, so that both ends show on the theme's ground. */
const RANGE = { light: [0, 0.86], dark: [0.18, 1] } as const;
const UNKNOWN = 0xff8c8c8c; // packed grey: the value is not on record

/** Returns the packed colour of `shade` in [0, 1]; NaN is grey. */
export function shadeColour(shade: number, dark: boolean): number {
  if (Number.isNaN(shade)) return UNKNOWN;
  const [low, high] = dark ? RANGE.dark : RANGE.light;
  const place = low + (high - low) * Math.max(0, Math.min(1, shade));
  return colourTable("viridis")[Math.round(place * (TABLE_SIZE - 1))];
}

/** From so many dots on they are drawn small. */
const MANY = 8000;

export interface Dots {
  /** In CSS pixels. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly shade: Float32Array;
}

/** Draws over what is there; dots that leave the canvas are cut off. */
export function drawDots(to: CanvasRenderingContext2D, dots: Dots, dark: boolean): void {
  const { width, height } = to.canvas;
  const ratio = to.getTransform().a;
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const spans = discOf((dots.x.length > MANY ? 1.4 : 2.5) * ratio);
  for (let i = 0; i < dots.x.length; i++) {
    const colour = shadeColour(dots.shade[i], dark);
    const [cx, cy] = [Math.round(dots.x[i] * ratio), Math.round(dots.y[i] * ratio)];
    for (const [dy, half] of spans) {
      const y = cy + dy;
      if (y < 0 || y >= height) continue;
      const right = Math.min(width - 1, cx + half);
      // So few pixels are written faster one by one than by fill().
      for (let x = Math.max(0, cx - half); x <= right; x++) pixels[y * width + x] = colour;
    }
  }
  paintOver(to, image);
}

/** Draws `image` over what is there: putting it there itself would wipe that out. */
function paintOver(to: CanvasRenderingContext2D, image: ImageData): void {
  const layer = new OffscreenCanvas(image.width, image.height);
  layer.getContext("2d")?.putImageData(image, 0, 0);
  to.save();
  to.setTransform(1, 0, 0, 1, 0, 0);
  to.drawImage(layer, 0, 0);
  to.restore();
}

/** Returns the rows of a disc: how far each lies from its middle, and half its width. */
function discOf(radius: number): (readonly [dy: number, half: number])[] {
  const reach = Math.floor(radius);
  return Array.from({ length: 2 * reach + 1 }, (_, i) => {
    const dy = i - reach;
    return [dy, Math.floor(Math.sqrt(radius * radius - dy * dy))] as const;
  });
}
