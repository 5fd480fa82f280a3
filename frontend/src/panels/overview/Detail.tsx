/** One sample in depth: picture, what each run gives it, the score of its label over time. */
import { samples } from "../../context";
import type { PanelContext } from "../../types";
import { SamplePicture } from "./SamplePicture";
import { ScoreChart } from "./ScoreChart";
import { TopScores } from "./TopScores";

export function Detail({ context }: { readonly context: PanelContext }) {
  const sample = samples.value.find(({ hash }) => hash === context.sample.value);
  if (!sample) return <p class="mute">No probe sample was recorded.</p>;
  const { name, label } = sample;
  const title = `Sample ${name}${label === null ? "" : ` · ${label}`}`;
  return (
    <>
      <h3 class="named two-lines" title={title} data-testid="sample-title">
        {title}
      </h3>
      <SamplePicture sample={sample} />
      <ScoreChart sample={sample} context={context} />
      <TopScores sample={sample} context={context} />
    </>
  );
}
