/** The colours of values, with the values at both ends and in the middle. */
import { colourAt } from "../../maps/colormaps";
import { colourNameFor } from "./cells";
import { brief } from "./draw";
import { type ValueScale, valueOn } from "./scale";

const STOPS = 9;

export function ColourBar({ scale, dark }: { readonly scale: ValueScale; readonly dark: boolean }) {
  const name = colourNameFor(scale.signed, dark);
  const stops = Array.from({ length: STOPS }, (_, i) => {
    return `rgb(${colourAt(name, i / (STOPS - 1)).join(" ")})`;
  });
  const words = [0, 0.5, 1].map((place) => brief(valueOn(scale, place)));
  return (
    <span
      class="colourbar num"
      role="img"
      aria-label={`Colours from ${words[0]} to ${words[2]}; the middle is ${words[1]}`}
      title={`The middle is ${words[1]}`}
      data-testid="layers-colours"
    >
      {words[0]}
      <i style={{ background: `linear-gradient(to right, ${stops.join(",")})` }} />
      {words[2]}
    </span>
  );
}
