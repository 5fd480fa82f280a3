/** Times as short as those of one sample, and changes from before to after. */

/** "0.42 ms", "120 µs". */
export function milliseconds(value: number): string {
  if (Number.isNaN(value)) return "–";
  if (value >= 1000) return `${(value / 1000).toPrecision(3)} s`;
  if (value >= 0.1 || value === 0) return `${value.toPrecision(3)} ms`;
  return `${(1000 * value).toPrecision(3)} µs`;
}

/** "2.0x less", "1.1x more", "the same". */
export function ratioWords(before: number, after: number): string {
  if (!(before > 0) || !(after > 0)) return "–";
  const ratio = before / after;
  if (Math.abs(ratio - 1) < 0.005) return "the same";
  return ratio > 1 ? `${ratio.toFixed(2)}x less` : `${(1 / ratio).toFixed(2)}x more`;
}
