/** What is shown of texts, and how their tokens are read. */
import { moveSample } from "../../../context";
import { useKeys } from "../../../keys";
import type { PanelContext } from "../../../types";
import { Check } from "../../../ui/Check";
import { Segmented } from "../../../ui/Segmented";
import { into } from "../bind";
import { ScaleChoice, SignedColours } from "../Colours";
import { Methods } from "../Methods";
import { SampleFilter } from "../SampleFilter";
import { textModelOf } from "./model";
import { type Measure, read } from "./settings";

export function Controls({ context }: { context: PanelContext }) {
  const { base, hasNorms } = textModelOf(context);
  const order = () => base.samples.peek().map(({ hash }) => hash);
  useKeys([
    { key: "ArrowUp", label: "previous shown sample", run: () => moveSample(-1, order()) },
    { key: "ArrowDown", label: "next shown sample", run: () => moveSample(1, order()) },
    { key: "w", label: "words or tokens", run: () => into(read.merged)(!read.merged.value) },
  ]);
  return (
    <div class="controls" data-testid="attributions-controls">
      <h3>Samples</h3>
      <SampleFilter model={base} />
      <h3>Method</h3>
      <Methods model={base} />
      <h3>Tokens</h3>
      <Segmented<Measure>
        label="Value"
        choices={[
          { value: "sum", label: "signed sum", title: "The sum over a token's embedding" },
          {
            value: "norm",
            label: "L2 norm",
            title: "The Euclidean norm over a token's embedding: how much, not which way",
            disabled: !hasNorms.value,
          },
        ]}
        value={read.measure.value}
        testId="attributions-measure"
        onChange={into(read.measure)}
      />
      <Check
        label="tokens of a word as one"
        checked={read.merged.value}
        testId="attributions-merged"
        onChange={into(read.merged)}
      />
      <h3>Drawing</h3>
      <ScaleChoice />
      <SignedColours dark={context.dark.value} />
    </div>
  );
}
