/** Heatmaps of the shown runs, then what one layer does in one of them. */
import { useEffect, useState } from "preact/hooks";
import { lookCloser } from "../../closer";
import { count } from "../../format";
import type { PanelContext } from "../../types";
import { Select } from "../../ui/Select";
import { FeatureMaps, Filters } from "./FeatureMaps";
import { Flow } from "./Flow";
import { Heatmap } from "./Heatmap";
import { NONFINITE_CSS } from "./heat";
import { focus, layer, matching, rows, statistic, trackName, tracks } from "./model";
import { Faults } from "./Notes";
import { span, wholeSpan } from "./placement";
import { Ridgeline } from "./Ridgeline";
import { Spread } from "./Spread";
import { shown } from "./settings";

const FIRST = 4; // runs drawn before one asks for all

export function Main({ context }: { readonly context: PanelContext }) {
  const [all, showAll] = useState(false);
  const { zoom } = shown;
  useEffect(() => {
    if (zoom.value) lookCloser(span.value.from, span.value.to);
  }, [zoom.value]);
  const listed = all ? tracks.value : tracks.value.slice(0, FIRST);
  if (tracks.value.length === 0 || !statistic.value) {
    return (
      <div class="state" data-testid="layers-none">
        <p>The shown runs hold no statistics of layers that can be drawn.</p>
        <Faults />
      </div>
    );
  }
  return (
    <div class="ly" data-testid="layers">
      {rows.value.length === 0 ? (
        <p class="card mute" data-testid="layers-nothing">
          No layer matches “{shown.filter.value}”. Write part of a name, or a glob such as
          blocks.*.attn.
        </p>
      ) : (
        <div class="ly-heats">
          {listed.map((track) => (
            <Heatmap key={`${track.run} ${track.monitor}`} track={track} context={context} />
          ))}
        </div>
      )}
      <Legend />
      {tracks.value.length > FIRST && (
        <button type="button" class="ly-more" onClick={() => showAll(!all)}>
          {all ? "Fewer runs" : `All ${tracks.value.length} runs`}
        </button>
      )}
      <Depth context={context} />
    </div>
  );
}

/** One layer of one run. */
function Depth({ context }: { readonly context: PanelContext }) {
  const track = focus.value;
  const row = layer.value;
  if (!track || row === null) return null;
  return (
    <section aria-label="One layer">
      <div class="ly-depth row">
        <h3 class="named clip" title={row}>
          {row} <span class="mute">in {trackName(track)}</span>
        </h3>
        {tracks.value.length > 1 && (
          <span data-screen-only>
            <Select
              label="Run"
              choices={tracks.value.map((each) => ({
                value: trackName(each),
                label: trackName(each),
              }))}
              value={trackName(track)}
              testId="layers-focus"
              onChange={(name) => {
                focus.value = tracks.value.find((each) => trackName(each) === name) ?? null;
              }}
            />
          </span>
        )}
      </div>
      <div class="ly-cards">
        <Ridgeline track={track} row={row} context={context} />
        <Flow context={context} />
        <Spread track={track} row={row} context={context} />
        <FeatureMaps run={track.run} row={row} context={context} />
        <Filters run={track.run} context={context} />
      </div>
    </section>
  );
}

function Legend() {
  const left = matching.value.length - rows.value.length;
  const zoomed = span.value !== wholeSpan.value;
  return (
    <p class="ly-legend mute">
      <span class="key">
        <i class="undefined" /> not defined
      </span>
      <span class="key">
        <i style={{ background: NONFINITE_CSS }} /> not finite
      </span>
      <span class="key">
        <i class="blank" /> not recorded, or not kept
      </span>
      <span class="clip">
        {left > 0
          ? `${count(left)} more rows are not drawn: filter them, or roll them up`
          : "Of several records that are loaded a pixel shows the largest · drag, or Ctrl and wheel, to zoom"}
      </span>
      {zoomed && (
        <button
          type="button"
          data-testid="layers-unzoom"
          onClick={() => {
            shown.zoom.value = null;
          }}
        >
          All of it
        </button>
      )}
    </p>
  );
}
