/** What each run's maps amount to, in words computed from them; a click takes the run in depth. */
import { batch } from "@preact/signals";
import type { PanelContext } from "../../types";
import { SETTLED } from "./claims";
import { methodName } from "./names";
import { chosen } from "./settings";
import type { Strip } from "./strip";

interface Props {
  readonly context: PanelContext;
  readonly strip: Strip;
}

const LOOKS = "Where the largest value of each sample's map lies, at the scrubbed moment";

export function RunClaims({ context, strip }: Props) {
  const { model, claims } = strip;
  const take = (run: string, method: string) => () =>
    batch(() => {
      chosen.run.value = run;
      chosen.method.value = method;
    });
  return (
    <ul class="claims" aria-label="What the maps amount to" data-testid="attributions-claims">
      {model.tracks.value.map((track, i) => {
        const { run } = model.runs.value[track.run];
        const claim = claims.value[i];
        return (
          <li key={`${run} ${track.method}`} data-run={run} data-method={track.method}>
            <i class="dot" style={{ background: context.runColour(run) }} />
            <button type="button" class="clip" onClick={take(run, track.method)}>
              {run}
            </button>
            {model.methods.value.length > 1 && (
              <span class="mute method">{methodName(track.method)}</span>
            )}
            {claim?.looks && (
              <span class={`badge looks ${claim.compared ? "compared" : ""}`} title={LOOKS}>
                {claim.looks}
              </span>
            )}
            <span class="mute clip settled" title={SETTLED}>
              {claim?.settled}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
