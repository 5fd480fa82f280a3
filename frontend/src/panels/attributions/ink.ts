/** A value's colour as the ground of text, and the ink that is legible on it. */
import { type Colour, type ColourMapName, colourAt } from "../../maps/colormaps";

export interface Ink {
  readonly background: string;
  readonly colour: string;
}

const PAPER = { light: [255, 255, 255], dark: [36, 38, 41] } as const;

/** Of the colour map's half, how much is used: its ends are as dark, or light, as ink. */
const REACH = 0.8;
/** From this luminance on, black reads better than white; either has a contrast of 4.5 or more. */
const LIGHT = 0.179;

/** Returns the ink of `share` in [-1, 1] of a scale; of NaN null. */
export function inkOf(share: number, name: ColourMapName, dark: boolean): Ink | null {
  const ground = groundOf(share, name, dark);
  if (!ground) return null;
  return { background: `rgb(${ground.join(" ")})`, colour: letterOn(ground) };
}

/** Returns black or white, whichever is legible on `ground`. */
export function letterOn(ground: Colour): string {
  return luminance(ground) > LIGHT ? "#000" : "#fff";
}

/**
 * Returns the colour of `share` in [-1, 1] as the ground of text; of NaN null.
 *
 * It is mixed from the paper, so that zero is the paper itself whatever the theme, and more of it
 * is always further from it.
 */
export function groundOf(share: number, name: ColourMapName, dark: boolean): Colour | null {
  if (Number.isNaN(share)) return null;
  const held = Math.max(-1, Math.min(1, share));
  const end = colourAt(name, 0.5 + 0.5 * REACH * Math.sign(held));
  const paper = dark ? PAPER.dark : PAPER.light;
  const mixed = (k: 0 | 1 | 2) => Math.round(paper[k] + (end[k] - paper[k]) * Math.abs(held));
  return [mixed(0), mixed(1), mixed(2)];
}

/** Relative luminance, as contrast is measured by (WCAG 2). */
export function luminance(colour: Colour): number {
  const [red, green, blue] = colour.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
