/** Colours of what speaks for and against an output: those of signed maps in every kind of input. */
import { type Colour, divergingFor } from "../../../maps/colormaps";
import { groundOf } from "../ink";
import { drawn } from "../settings";
import type { Reading } from "./readings";

/** Returns the colour of bars for values of this sign. */
export function signColour(value: number, dark: boolean): string {
  return signedShade(value < 0 ? -1 : 1, 1, dark);
}

/** Returns the colour of a bar; magnitudes speak neither for nor against. */
export function barColour({ source }: Reading, value: number, dark: boolean): string {
  return source.signed ? signColour(value, dark) : "var(--mute)";
}

/** Returns the colour of `value` on a scale from -limit to limit. */
export function signedShade(value: number, limit: number, dark: boolean): string {
  const name = drawn.diverging.value ?? divergingFor(dark);
  return css(groundOf(limit > 0 ? value / limit : 0, name, dark) ?? [128, 128, 128]);
}

export function css([red, green, blue]: Colour): string {
  return `rgb(${red} ${green} ${blue})`;
}
