/** What the colours under the film strip mean, and how many records there are. */
import type { PanelContext } from "../../types";
import { ColourBar } from "./ColourBar";
import { drawn } from "./settings";
import { shownScale } from "./shownScale";
import type { Strip } from "./strip";

export function Legend({ context, strip }: { context: PanelContext; strip: Strip }) {
  const scale = drawn.drawing.value === "input" ? null : shownScale(strip.model);
  return (
    <footer class="legend" data-testid="attributions-legend">
      {scale && <ColourBar context={context} scale={scale} />}
      {scale && (
        <span class="mute clip" title={scale.words}>
          {scale.words}
        </span>
      )}
      <span class="key mute">
        <i class="wrong" /> misclassified then
      </span>
      <span class="key mute">
        <i class="gap" /> not recorded
      </span>
    </footer>
  );
}
