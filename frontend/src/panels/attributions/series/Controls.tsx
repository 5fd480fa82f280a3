/** What is shown of series, and on which scale. */
import { moveSample } from "../../../context";
import { useKeys } from "../../../keys";
import type { PanelContext } from "../../../types";
import { ScaleChoice, SignedColours } from "../Colours";
import { Methods } from "../Methods";
import { modelOf } from "../model";
import { SampleFilter } from "../SampleFilter";

export function Controls({ context }: { context: PanelContext }) {
  const model = modelOf(context, "series");
  const order = () => model.samples.peek().map(({ hash }) => hash);
  useKeys([
    { key: "ArrowUp", label: "previous shown sample", run: () => moveSample(-1, order()) },
    { key: "ArrowDown", label: "next shown sample", run: () => moveSample(1, order()) },
  ]);
  return (
    <div class="controls" data-testid="attributions-controls">
      <h3>Samples</h3>
      <SampleFilter model={model} />
      <h3>Method</h3>
      <Methods model={model} />
      <h3>Drawing</h3>
      <ScaleChoice />
      <SignedColours dark={context.dark.value} />
    </div>
  );
}
