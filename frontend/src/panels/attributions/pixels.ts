/** The pixels of tiles: kept once drawn, and drawn over several frames where there are many. */

import type { Sample } from "../../samples";
import { LeastRecentlyUsed } from "./lru";
import { pictureOf } from "./pictures";
import { type Look, renderMap, renderPicture, type Size } from "./render";
import type { Content } from "./tiles";

const BOUND = 128 * 2 ** 20; // bytes: a 4K screen of tiles three times over

/** Of a cache entry beside its pixels, in bytes: key, array header, list node. */
const ENTRY = 400;

const cache = new LeastRecentlyUsed<string, Uint32Array>(BOUND);
/** By place, whatever the look: the key of the pixels drawn last. */
const newest = new LeastRecentlyUsed<string, string>(BOUND / 8);

/** How long one frame may render tiles; those that it does not reach wait for the next. */
export class Budget {
  readonly #end: number;
  rendered = 0;
  postponed = 0;

  constructor(milliseconds = Number.POSITIVE_INFINITY) {
    this.#end = performance.now() + milliseconds;
  }

  /** Whether there is time to render one more tile; each frame renders at least one. */
  take(): boolean {
    const granted = this.rendered === 0 || performance.now() < this.#end;
    if (granted) this.rendered++;
    else this.postponed++;
    return granted;
  }
}

/** How pixels are drawn: in a look, under a key that changes whenever the look does. */
export interface Brush {
  readonly look: Look;
  readonly key: string;
  readonly size: Size;
}

/** Pixels; "pending" while they must wait; null where nothing can be drawn. */
export type Pixels = Uint32Array | "pending" | null;

/** Returns the pixels of the input of `sample` alone. */
export function inputPixels(sample: Sample, size: Size): Pixels {
  const picture = pictureOf(sample);
  if (picture === null || picture === "pending") return picture;
  const key = `input ${size.width}x${size.height} ${sample.hash}`;
  return cache.get(key) ?? keep(key, renderPicture(picture, size));
}

/**
 * Returns the pixels of `content`.
 *
 * Without time left in `budget`, they are the last ones drawn at this place, in whatever look.
 */
export function contentPixels(
  content: Content,
  sample: Sample,
  { look, key: lookKey, size }: Brush,
  budget = new Budget(),
): Pixels {
  const place = `${size.width}x${size.height} ${content.key}`;
  const behind = look.solid || !sample.picture ? "" : sample.hash;
  const key = `${lookKey} ${content.scale.limit} ${place} ${behind}`;
  const known = cache.get(key);
  if (known) return known;
  const picture = look.solid ? null : inputPixels(sample, size);
  if (picture === "pending") return picture;
  if (!budget.take()) return cache.get(newest.get(place) ?? "") ?? "pending";
  newest.set(place, key, ENTRY);
  return keep(key, renderMap(content.map(), picture, content.scale, look, size));
}

function keep(key: string, pixels: Uint32Array): Uint32Array {
  cache.set(key, pixels, pixels.byteLength + ENTRY);
  return pixels;
}
