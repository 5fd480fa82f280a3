/** What the colours under the film strip mean, and how many records there are. */
import type { PanelContext } from "../../types";
import { ColourBar } from "./ColourBar";
import type { Model } from "./model";
import { drawn } from "./settings";
import { shownScale } from "./shownScale";
import { isAbsence } from "./sources";
import type { Strip } from "./strip";

export function Legend({ context, strip }: { context: PanelContext; strip: Strip }) {
  const scale = drawn.drawing.value === "input" ? null : shownScale(strip.model);
  const left = strip.model.columns.value.some(({ unloaded }) => unloaded.includes(true));
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
      {(left || hasSampled(strip.model)) && (
        <span class="key mute">
          <i class="sampled" /> {left ? "not loaded" : "sampled away"}
        </span>
      )}
    </footer>
  );
}

function hasSampled({ runs, tracks }: Model): boolean {
  return tracks.value.some(({ run, sources }) => {
    return runs.value[run].mapsSampled && sources.some((each) => isAbsence(each) && !each.gap);
  });
}
