/** What each sample of a series probe rests on. */
import { plural } from "../../../format";
import type { PanelContext } from "../../../types";
import { modelOf } from "../model";

export function Main({ context }: { context: PanelContext }) {
  const model = modelOf(context, "series");
  const methods = [...model.options.value.titles.values()].join(", ");
  return (
    <p class="mute" data-testid="attributions-series">
      On record for {plural(model.allSamples.value.length, "sample")}: {methods}. This page does not
      draw them yet.
    </p>
  );
}
