/** Returns `shares` with finite entries of |share| < `level` set to 0; level 0 changes nothing. */
export function threshold(shares: Float32Array, level: number): Float32Array {
  if (level <= 0) return shares;
  return shares.map((share) => (Math.abs(share) < level ? 0 : share));
}
