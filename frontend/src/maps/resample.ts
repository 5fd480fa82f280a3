/** Resizing of pictures, in packed opaque pixels (see colormaps.ts, `pack`). */

export interface Picture {
  readonly pixels: Uint32Array;
  readonly height: number;
  readonly width: number;
}

/** Enlarged at least this much, pixels stay squares: what the model saw, not a blur of it. */
const CRISP_FROM = 3;

/** Returns the pixels of `picture` at `height` x `width`. */
export function resample(picture: Picture, height: number, width: number): Uint32Array {
  if (height === picture.height && width === picture.width) return picture.pixels;
  if (width >= CRISP_FROM * picture.width) return nearest(picture, height, width);
  return averaged(picture, height, width);
}

function nearest(picture: Picture, height: number, width: number): Uint32Array {
  const out = new Uint32Array(height * width);
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * picture.height) / height) * picture.width;
    for (let x = 0; x < width; x++, i++) {
      out[i] = picture.pixels[row + Math.floor(((x + 0.5) * picture.width) / width)];
    }
  }
  return out;
}

/** Averages over the area a pixel covers, at least one input pixel wide: a tent when enlarging. */
function averaged(picture: Picture, height: number, width: number): Uint32Array {
  const across = footprints(picture.width, width);
  const down = footprints(picture.height, height);
  const half = new Float32Array(picture.height * width * 3);
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < width; x++) {
      const { start, weights } = across[x];
      const o = 3 * (y * width + x);
      for (let k = 0; k < weights.length; k++) {
        const pixel = picture.pixels[y * picture.width + start + k];
        half[o] += weights[k] * (pixel & 255);
        half[o + 1] += weights[k] * ((pixel >>> 8) & 255);
        half[o + 2] += weights[k] * ((pixel >>> 16) & 255);
      }
    }
  }
  return averagedDown(half, down, width);
}

function averagedDown(half: Float32Array, down: Footprint[], width: number): Uint32Array {
  const out = new Uint32Array(down.length * width);
  down.forEach(({ start, weights }, y) => {
    for (let x = 0; x < width; x++) {
      let [red, green, blue] = [0.5, 0.5, 0.5]; // rounds
      for (let k = 0; k < weights.length; k++) {
        const o = 3 * ((start + k) * width + x);
        red += weights[k] * half[o];
        green += weights[k] * half[o + 1];
        blue += weights[k] * half[o + 2];
      }
      out[y * width + x] = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
    }
  });
  return out;
}

interface Footprint {
  readonly start: number;
  readonly weights: Float32Array;
}

function footprints(from: number, to: number): Footprint[] {
  const reach = Math.max(1, from / to);
  return Array.from({ length: to }, (_, i) => {
    const middle = ((i + 0.5) * from) / to;
    const [left, right] = [middle - reach / 2, middle + reach / 2];
    const start = Math.max(0, Math.floor(left));
    const end = Math.min(from, Math.ceil(right));
    const weights = new Float32Array(end - start);
    for (let k = start; k < end; k++) {
      weights[k - start] = Math.min(right, k + 1) - Math.max(left, k);
    }
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { start, weights: weights.map((weight) => weight / total) };
  });
}
