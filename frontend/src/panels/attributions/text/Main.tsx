/** What each sample of a text probe rests on. */
import { plural } from "../../../format";
import type { PanelContext } from "../../../types";
import { modelOf } from "../model";

export function Main({ context }: { context: PanelContext }) {
  const model = modelOf(context, "text");
  const methods = [...model.options.value.titles.values()].join(", ");
  return (
    <p class="mute" data-testid="attributions-text">
      On record for {plural(model.allSamples.value.length, "sample")}: {methods}. This page does not
      draw them yet.
    </p>
  );
}
