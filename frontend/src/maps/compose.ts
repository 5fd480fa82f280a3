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
  const { redBlue, green, rest } = coatOf(ink);
  const { threshold, ground } = ink;
  const behind = ink.solid ? null : picture;
  const middle = ink.signed ? (TABLE_SIZE - 1) / 2 : 0;
  const spread = TABLE_SIZE - 1 - middle;
  for (let i = 0; i < out.length; i++) {
    const share = shares[i];
    const size = share < 0 ? -share : share;
    const below = behind === null ? ground : behind[i];
    if (size < threshold) out[i] = below;
    else if (size <= 1) {
      const place = (middle + share * spread + 0.5) | 0;
      const mixed = (Math.imul(below & 0xff00ff, rest[place]) + redBlue[place]) >>> 8;
      const middling = (Math.imul(below & 0xff00, rest[place]) + green[place]) >>> 8;
      out[i] = 0xff000000 | (mixed & 0xff00ff) | (middling & 0xff00);
    } else out[i] = hatch(i, width);
  }
  return out;
}

/** For each entry of a table: what it adds to a pixel, in 256ths, and how much of the pixel stays. */
interface Coat {
  readonly redBlue: Uint32Array;
  readonly green: Uint32Array;
  readonly rest: Uint32Array;
}

const coats = new Map<string, { readonly table: Uint32Array; readonly coat: Coat }>();
const KEPT_COATS = 64; // a slider that is dragged makes some dozens

function coatOf(ink: Ink): Coat {
  const key = `${ink.signed}${ink.solid}${ink.opacity}${ink.table[0]}`;
  const known = coats.get(key);
  if (known?.table === ink.table) return known.coat;
  if (coats.size >= KEPT_COATS) coats.clear();
  const coat = newCoat(ink);
  coats.set(key, { table: ink.table, coat });
  return coat;
}

function newCoat({ table, signed, solid, opacity }: Ink): Coat {
  const middle = signed ? (TABLE_SIZE - 1) / 2 : 0;
  const rest = new Uint32Array(TABLE_SIZE);
  const redBlue = new Uint32Array(TABLE_SIZE);
  const green = new Uint32Array(TABLE_SIZE);
  for (let i = 0; i < TABLE_SIZE; i++) {
    // The entries next to a diverging table's middle stand for zero as well.
    const distance = Math.max(0, Math.abs(i - middle) - (signed ? 0.5 : 0));
    const size = distance / (TABLE_SIZE - 1 - middle - (signed ? 0.5 : 0));
    const alpha = solid ? 256 : Math.floor(256 * opacity * Math.min(1, size / FULL_FROM));
    rest[i] = 256 - alpha;
    redBlue[i] = Math.imul(table[i] & 0xff00ff, alpha);
    green[i] = Math.imul(table[i] & 0x00ff00, alpha);
  }
  return { redBlue, green, rest };
}

function hatch(i: number, width: number): number {
  const place = (i % width) + Math.floor(i / width);
  return place % HATCH_PERIOD < HATCH_PERIOD / 2 ? HATCH : BETWEEN_HATCH;
}
