/** A scale of grounds of text, with its numbers and unit. */
import type { PanelContext } from "../../types";
import { inkOf } from "./ink";
import { currentLook } from "./look";
import { numberWords } from "./names";

const STOPS = 17;

interface Props {
  readonly context: PanelContext;
  readonly limit: number;
  readonly signed: boolean;
  readonly unit: string;
}

export function InkBar({ context, limit, signed, unit }: Props) {
  const dark = context.dark.value;
  const low = signed ? -1 : 0;
  const stops = Array.from({ length: STOPS }, (_, i) => {
    const share = low + ((1 - low) * i) / (STOPS - 1);
    return inkOf(share, currentLook(dark).diverging, dark)?.background;
  });
  return (
    <span class="colourbar" data-testid="colour-bar" data-low={low * limit} data-high={limit}>
      <span class="num">{numberWords(low * limit)}</span>
      <i style={{ background: `linear-gradient(to right, ${stops.join(", ")})` }} />
      <span class="num">
        {numberWords(limit)} {unit}
      </span>
    </span>
  );
}
