/** From values in their unit to shares of a limit: what colours and thresholds are chosen by. */
import type { ValueMap } from "./dequantise";

/** |value| <= `limit` maps to [-1, 1] if `signed`, else to [0, 1]; the zero is always 0. */
export interface Scale {
  readonly limit: number;
  readonly signed: boolean;
}

/**
 * A map's own scale never magnifies beyond this share of the shared limit: below it the map
 * is noise beside the others, and must look flat instead of gaining colours of its own.
 */
export const FLAT_SHARE = 0.02;

/** Returns the scale of one map of peak `peak`, among maps whose shared limit is `shared`. */
export function ownScale(peak: number, shared: Scale): Scale {
  return { limit: Math.max(peak, FLAT_SHARE * shared.limit), signed: shared.signed };
}

/** Whether a map of peak `peak` is too weak to be magnified; see `FLAT_SHARE`. */
export function isFlat(peak: number, shared: Scale): boolean {
  return peak <= FLAT_SHARE * shared.limit;
}

/**
 * Returns the values of `map` as shares of the scale's limit, clipped to it; NaN and infinities
 * pass through. Negative values of an unsigned scale become 0. A limit of 0 gives zeros.
 */
export function toShares(map: ValueMap, scale: Scale): Float32Array {
  const factor = scale.limit > 0 ? 1 / scale.limit : 0;
  const lowest = scale.signed ? -1 : 0;
  const { values } = map;
  const shares = new Float32Array(values.length);
  for (let i = 0; i < shares.length; i++) {
    const share = values[i] * factor;
    if (share >= lowest && share <= 1) shares[i] = share;
    else if (!Number.isFinite(values[i])) shares[i] = values[i];
    else shares[i] = share > 1 ? 1 : lowest;
  }
  return shares;
}
