/** A scale's colours with its numbers and unit. */
import { colourAt } from "../../maps/colormaps";
import type { PanelContext } from "../../types";
import { currentLook } from "./look";
import { numberWords } from "./names";
import { coloursOf } from "./render";
import type { ShownScale } from "./shownScale";

const STOPS = 17; // as many as the tables have points

interface Props {
  readonly context: PanelContext;
  readonly scale: ShownScale;
}

export function ColourBar({ context, scale }: Props) {
  const name = coloursOf(currentLook(context.dark.value), scale);
  const stops = Array.from({ length: STOPS }, (_, i) => {
    return `rgb(${colourAt(name, i / (STOPS - 1)).join(" ")})`;
  });
  const low = scale.signed ? -scale.limit : 0;
  return (
    <span class="colourbar" data-testid="colour-bar" data-low={low} data-high={scale.limit}>
      <span class="num">{numberWords(low)}</span>
      <i style={{ background: `linear-gradient(to right, ${stops.join(", ")})` }} />
      <span class="num">
        {numberWords(scale.limit)} {scale.unit}
      </span>
    </span>
  );
}
