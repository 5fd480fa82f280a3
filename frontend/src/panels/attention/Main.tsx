/** A card per run at the scrubber, then the selected head over training. */

import type { PanelContext } from "../../types";
import { Curves } from "./Curves";
import { FilmStrip } from "./FilmStrip";
import { modelOf } from "./model";
import { RunCard } from "./RunCard";
import { Tooltip } from "./Tooltip";

export function Main({ context }: { readonly context: PanelContext }) {
  const model = modelOf(context);
  const sample = model.sample.value;
  const runs = model.runs.value;
  return (
    <div class="attention" data-testid="attention">
      {!sample && (
        <p class="mute">
          No maps of any sample are on record: only the statistics of heads are shown.
        </p>
      )}
      {sample && (
        <>
          <div class={`at-runs ${runs.length === 1 ? "single" : ""}`}>
            {runs.map((run, i) => (
              <RunCard
                key={run.run}
                model={model}
                run={run}
                shown={model.shown.value[i]}
                sample={sample}
                context={context}
              />
            ))}
          </div>
          <FilmStrip model={model} sample={sample} context={context} />
        </>
      )}
      <Curves model={model} context={context} />
      <Tooltip model={model} />
    </div>
  );
}
