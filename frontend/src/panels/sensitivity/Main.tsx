/** Heatmaps of the shown runs, one unit and the order of all of them, then plans. */
import { useState } from "preact/hooks";
import type { PanelContext } from "../../types";
import { Select } from "../../ui/Select";
import { ColourBar } from "../layers/ColourBar";
import { Curves } from "./Curves";
import { Heatmap } from "./Heatmap";
import { faults, focus, measure, metric, rows, scale, trackName, tracks, unit } from "./model";
import { PlanTable } from "./PlanTable";
import { Ranking } from "./Ranking";
import { Records } from "./Records";
import { Scatter } from "./Scatter";
import { SideBySide } from "./SideBySide";
import { chosen } from "./settings";
import { measureTitle } from "./words";

const FIRST = 4; // runs drawn before one asks for all

export function Main({ context }: { readonly context: PanelContext }) {
  const [all, showAll] = useState(false);
  const listed = all ? tracks.value : tracks.value.slice(0, FIRST);
  return (
    <div class="se" data-testid="sensitivity">
      {faults.value.map((fault) => (
        <p key={fault} class="card bad">
          {fault}
        </p>
      ))}
      {tracks.value.length > 0 && rows.value.length === 0 ? (
        <p class="card mute" data-testid="sensitivity-nothing">
          No unit matches “{chosen.filter.value}”. Write part of a name, or a glob such as stage3.*.
        </p>
      ) : (
        <>
          <Legend context={context} />
          <div class="se-heats">
            {listed.map((track) => (
              <Heatmap key={`${track.run} ${track.monitor}`} track={track} context={context} />
            ))}
          </div>
        </>
      )}
      {tracks.value.length > FIRST && (
        <button type="button" class="se-more" onClick={() => showAll(!all)}>
          {all ? "Fewer runs" : `All ${tracks.value.length} runs`}
        </button>
      )}
      <Depth context={context} />
      <PlanTable />
      <SideBySide />
      <Records context={context} />
    </div>
  );
}

/** What all heatmaps show, in the same colours. */
function Legend({ context }: { readonly context: PanelContext }) {
  if (tracks.value.length === 0) return null;
  const { signed, high } = scale.value;
  const words = measureTitle(measure.value, metric.value);
  // A metric that falls is worse: its negative changes lie at the red end.
  const bar = measure.value === "metric" ? { ...scale.value, high: -high } : scale.value;
  return (
    <p class="se-legend row">
      <span class="clip">{signed ? `${words} · red is worse` : words}</span>
      <ColourBar scale={bar} dark={context.dark.value} />
    </p>
  );
}

/** One unit in all runs, and the order of all units in one run. */
function Depth({ context }: { readonly context: PanelContext }) {
  const track = focus.value;
  const name = unit.value;
  if (!track || name === null) return null;
  return (
    <>
      {tracks.value.length > 1 && (
        <div class="se-focus" data-screen-only>
          <Select
            label="In depth"
            choices={tracks.value.map((each) => ({
              value: trackName(each),
              label: trackName(each),
            }))}
            value={trackName(track)}
            testId="sensitivity-focus"
            onChange={(wanted) => {
              focus.value = tracks.value.find((each) => trackName(each) === wanted) ?? null;
            }}
          />
        </div>
      )}
      <div class="se-cards">
        <Curves unit={name} context={context} />
        <Scatter track={track} context={context} />
        <Ranking track={track} context={context} />
      </div>
    </>
  );
}
