/** Large amounts as people read them. */

const STEPS = ["", " k", " M", " G", " T", " P"];

/** "1.23 M"; whole numbers below a thousand as they are. */
export function amount(value: number | null): string {
  if (value === null || Number.isNaN(value)) return "–";
  let [rest, step] = [value, 0];
  while (Math.abs(rest) >= 999.5 && step < STEPS.length - 1) {
    rest /= 1000;
    step++;
  }
  const digits =
    step === 0 && Number.isInteger(value) ? 0 : rest >= 99.95 ? 0 : rest >= 9.995 ? 1 : 2;
  return `${rest.toFixed(digits)}${STEPS[step]}`;
}

/** "1.23 MB". */
export function bytes(value: number | null): string {
  if (value === null || Number.isNaN(value)) return "–";
  return value < 1000 ? `${value} B` : `${amount(value)}B`;
}

/** "8 × 64 × 32". */
export function shapeWords(shape: readonly number[] | null): string {
  if (shape === null) return "not known";
  return shape.length === 0 ? "one number" : shape.join(" × ");
}
