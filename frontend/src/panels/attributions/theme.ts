/** The page's colours, for canvases. */
import { pack } from "../../maps/colormaps";

export interface Theme {
  readonly card: string;
  readonly line: string;
  readonly text: string;
  readonly mute: string;
  readonly accent: string;
  readonly bad: string;
  /** `card` as a pixel. */
  readonly cardPixel: number;
  /** `line` as a pixel. */
  readonly linePixel: number;
  readonly font: string;
}

/** Returns the colours in force at `element`, from the page's CSS variables. */
export function themeAt(element: Element): Theme {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim() || "grey";
  return {
    card: colour("panel"),
    line: colour("line"),
    text: colour("text"),
    mute: colour("mute"),
    accent: colour("accent"),
    bad: colour("bad"),
    cardPixel: pixelOf(colour("panel")),
    linePixel: pixelOf(colour("line")),
    font: style.fontFamily || "sans-serif",
  };
}

const pixels = new Map<string, number>();

function pixelOf(colour: string): number {
  const known = pixels.get(colour);
  if (known !== undefined) return known;
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  if (!context) throw new Error("The browser gave no canvas to read a colour with.");
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  const pixel = pack([red, green, blue]);
  pixels.set(colour, pixel);
  return pixel;
}
