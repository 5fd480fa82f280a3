/** From a picture and a map's shares to pixels. */
import { pack, TABLE_SIZE } from "./colormaps";

export interface Ink {
  readonly table: Uint32Array;
  readonly signed: boolean;
  /** In [0, 1]: how much of the picture the strongest value hides; ignored if `solid`. */
  readonly opacity: number;
  /** In [0, 1]: values of a smaller |share| are not drawn. */
  readonly threshold: number;
  /** Whether the map is drawn alone. */
  readonly solid: boolean;
  /** Packed pixel drawn where there is no picture. */
  readonly ground: number;
}

/** From this |share| on the map is drawn at its full opacity; below it fades into the picture. */
const FULL_FROM = 0.5;

/** Colours of a hatch no colour map contains: non-finite values must not pass for data. */
const HATCH = pack([255, 0, 200]);
const BETWEEN_HATCH = pack([30, 0, 30]);
const HATCH_PERIOD = 6; // pixels

/**
 * Returns the pixels of a map over a picture, opaque, [pixels] in rows of `width`.
 *
 * `picture` has as many pixels as `shares`; `shares` are in [-1, 1] (see scale.ts), and those
 * that are not finite become a hatch.
 */
export function compose(
  picture: Uint32Array | null,
  shares: Float32Array,
  width: number,
  ink: Ink,
): Uint32Array {
  const out = new Uint32Array(shares.length);
  const middle = ink.signed ? (TABLE_SIZE - 1) / 2 : 0;
  const spread = TABLE_SIZE - 1 - middle;
  for (let i = 0; i < out.length; i++) {
    const share = shares[i];
    const below = picture === null || ink.solid ? ink.ground : picture[i];
    const size = Math.abs(share);
    if (size <= 1) {
      const colour = ink.table[(middle + share * spread + 0.5) | 0];
      const alpha = ink.solid ? 1 : ink.opacity * Math.min(1, size / FULL_FROM);
      out[i] = size < ink.threshold ? below : blend(below, colour, alpha);
    } else {
      out[i] = hatch(i, width);
    }
  }
  return out;
}

function blend(below: number, above: number, alpha: number): number {
  const a = (alpha * 256) | 0;
  const b = 256 - a;
  const redBlue = (Math.imul(below & 0xff00ff, b) + Math.imul(above & 0xff00ff, a)) >>> 8;
  const green = (Math.imul(below & 0x00ff00, b) + Math.imul(above & 0x00ff00, a)) >>> 8;
  return (0xff000000 | (redBlue & 0xff00ff) | (green & 0x00ff00)) >>> 0;
}

function hatch(i: number, width: number): number {
  const place = (i % width) + Math.floor(i / width);
  return place % HATCH_PERIOD < HATCH_PERIOD / 2 ? HATCH : BETWEEN_HATCH;
}
