/** How wide words are on a line. */
import type { Word } from "./words";

/** Beside its letters: what list.css adds around a word, and before one that is not joined. */
const PADDING = 6; // pixels
const GAP = 3; // pixels

const widths = new Map<string, number>();
const KEPT = 20_000; // words
let context: OffscreenCanvasRenderingContext2D | null = null;

/** Returns the widths of `words` in pixels, at `font`. */
export function widthsOf(words: readonly Word[], font: string): number[] {
  return words.map(({ text, joined }) => lettersOf(text, font) + PADDING + (joined ? 0 : GAP));
}

function lettersOf(text: string, font: string): number {
  const key = `${font}|${text}`;
  const known = widths.get(key);
  if (known !== undefined) return known;
  context ??= new OffscreenCanvas(1, 1).getContext("2d");
  if (!context) throw new Error("The browser gave no canvas to measure text with.");
  context.font = font;
  const width = context.measureText(text).width;
  if (widths.size > KEPT) widths.clear();
  widths.set(key, width);
  return width;
}
