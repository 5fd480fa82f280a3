/** The head of a sample in a list; where its lines tell methods apart, with what runs predict. */
import type { Sample } from "../../samples";
import type { PanelContext } from "../../types";
import type { Model } from "./model";
import { sampleTitle } from "./samples";
import { Predicted } from "./TrackLine";

interface Props {
  readonly context: PanelContext;
  readonly model: Model;
  readonly sample: Sample;
}

export function SampleHead({ context, model, sample }: Props) {
  const runs = [...new Set(model.tracks.value.map(({ run }) => run))];
  return (
    <header class="attr-head">
      <h3 class="named clip">{sampleTitle(sample)}</h3>
      {model.methods.value.length > 1 &&
        runs.map((run) => (
          <span key={run} class="attr-who clip">
            <i class="dot" style={{ background: context.runColour(model.runs.value[run].run) }} />
            <Predicted model={model} run={run} sample={sample} />
          </span>
        ))}
    </header>
  );
}
