/** Text on canvases. */
const fitted = new Map<string, string>();
const KEPT = 4000; // texts; a frame writes some hundreds

/** Returns `text`, shortened with an ellipsis to at most `width` pixels in the context's font. */
export function fit(context: CanvasRenderingContext2D, text: string, width: number): string {
  const short = text.slice(0, 400); // names may be of any length
  const key = `${context.font}|${Math.round(width)}|${short}`;
  const known = fitted.get(key);
  if (known !== undefined) return known;
  if (fitted.size > KEPT) fitted.clear();
  const result = shortened(context, short, width);
  fitted.set(key, result);
  return result;
}

function shortened(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let length = text.length;
  while (length > 0 && context.measureText(`${text.slice(0, length)}…`).width > width) {
    length = length > 16 ? Math.floor(length * 0.9) : length - 1;
  }
  return length > 0 ? `${text.slice(0, length)}…` : "";
}

/** Writes `text` at (x, y), its middle height, and returns where it ends. */
export function write(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  font: string,
  colour: string,
  width = Number.POSITIVE_INFINITY,
): number {
  context.font = font;
  context.fillStyle = colour;
  context.textBaseline = "middle";
  context.textAlign = "left";
  const shown = width === Number.POSITIVE_INFINITY ? text : fit(context, text, width);
  context.fillText(shown, x, y);
  return x + context.measureText(shown).width;
}

/** Draws a disc. */
export function dot(
  context: CanvasRenderingContext2D,
  colour: string,
  x: number,
  y: number,
  radius: number,
): void {
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}
