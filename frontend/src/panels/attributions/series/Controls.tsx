/** What is shown of series. */
import type { PanelContext } from "../../../types";
import { Methods } from "../Methods";
import { modelOf } from "../model";
import { SampleFilter } from "../SampleFilter";

export function Controls({ context }: { context: PanelContext }) {
  const model = modelOf(context, "series");
  return (
    <div class="controls" data-testid="attributions-controls">
      <h3>Samples</h3>
      <SampleFilter model={model} />
      <h3>Method</h3>
      <Methods model={model} />
    </div>
  );
}
