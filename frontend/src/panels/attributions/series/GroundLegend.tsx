/** What the grounds of signals mean. */
import type { PanelContext } from "../../../types";
import { InkBar } from "../InkBar";
import type { Model } from "../model";
import { shownScale } from "../shownScale";

export function GroundLegend({ context, model }: { context: PanelContext; model: Model }) {
  const scale = shownScale(model);
  return (
    <footer class="legend" data-testid="attributions-legend">
      {scale && <InkBar context={context} {...scale} />}
      {scale && (
        <span class="mute clip" title={scale.words}>
          {scale.words}
        </span>
      )}
      <span class="key mute">
        <i class="gap" /> not recorded
      </span>
    </footer>
  );
}
