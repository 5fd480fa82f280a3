/** What each run's maps amount to, in words computed from them; a click takes the run in depth. */
import { batch, useSignal } from "@preact/signals";
import { shownSince } from "../../context";
import { plural } from "../../format";
import type { PanelContext } from "../../types";
import { type Claim, SETTLED } from "./claims";
import type { Model, Track } from "./model";
import { chosen } from "./settings";
import type { Strip } from "./strip";

interface Props {
  readonly context: PanelContext;
  readonly strip: Strip;
}

const LOOKS = "Where the largest value of each sample's map lies, at the scrubbed moment";

const COLUMN = 520; // pixels a claim would like; style.css has it too
const LINES = 3; // more would push the film strip down

export function RunClaims({ context, strip }: Props) {
  const { model, claims, view } = strip;
  const open = useSignal(false);
  const tracks = model.tracks.value;
  const mapless = maplessRuns(model);
  const room = LINES * Math.max(1, Math.floor(view.value.width / COLUMN));
  const folded = Math.max(0, tracks.length + mapless.length - room);
  const shown = open.value ? Number.POSITIVE_INFINITY : room;
  return (
    <div class="claims">
      <ul aria-label="What the maps amount to" data-testid="attributions-claims">
        {tracks.slice(0, shown).map((track, i) => (
          <TrackClaim
            key={`${track.run} ${track.method}`}
            {...{ context, model, track }}
            claim={claims.value[i]}
          />
        ))}
        {mapless.slice(0, Math.max(0, shown - tracks.length)).map((run) => (
          <li key={run} data-run={run}>
            <i class="dot" style={{ background: context.runColour(run) }} />
            <span class="clip" title={run}>
              {run}
            </span>
            <span class="mute settled">no map in this run</span>
          </li>
        ))}
      </ul>
      {folded > 0 && (
        <button
          type="button"
          aria-expanded={open.value}
          data-testid="attributions-more-claims"
          onClick={() => {
            open.value = !open.value;
          }}
        >
          {open.value ? "fewer" : `+${plural(folded, "run")}`}
        </button>
      )}
    </div>
  );
}

/** Returns the runs that take no row: nothing in them answers the settings. */
function maplessRuns({ runs, tracks }: Model): string[] {
  const shown = new Set(tracks.value.map(({ run }) => run));
  return runs.value.flatMap(({ run }, r) => (shown.has(r) ? [] : [run]));
}

interface ClaimProps {
  readonly context: PanelContext;
  readonly model: Model;
  readonly track: Track;
  readonly claim: Claim | undefined;
}

function TrackClaim({ context, model, track, claim }: ClaimProps) {
  const { run, moments } = model.runs.value[track.run];
  const shown = moments[model.scrubbed.value[track.run]];
  const since = shown && shownSince(shown);
  const take = () =>
    batch(() => {
      chosen.run.value = run;
      chosen.method.value = track.method;
    });
  return (
    <li data-run={run} data-method={track.method}>
      <i class="dot" style={{ background: context.runColour(run) }} />
      <button type="button" class="clip" title={run} onClick={take}>
        {run}
      </button>
      {model.methods.value.length > 1 && <span class="mute method">{track.title}</span>}
      {claim?.looks && (
        <span class={`badge looks ${claim.compared ? "compared" : ""}`} title={LOOKS}>
          {claim.looks}
          {since && ` at ${since}`}
        </span>
      )}
      <span class="mute clip settled" title={SETTLED}>
        {claim?.settled}
      </span>
    </li>
  );
}
