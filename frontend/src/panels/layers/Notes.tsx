/** What monitors say of themselves: schedule, cost, notes, gaps, and what could not be used. */
import { count, milliseconds, percent, plural } from "../../format";
import type { PanelContext } from "../../types";
import { RunName } from "../../ui/RunName";
import { faults, monitors, tracks } from "./model";
import type { Track } from "./tracks";

const SHOWN = 5; // faults told; the first ones say it all

export function Notes({ context }: { readonly context: PanelContext }) {
  return (
    <section aria-label="Of the records" data-testid="layers-notes">
      <h3>Of the records</h3>
      {tracks.value.map((track) => (
        <TrackNotes key={`${track.run} ${track.monitor}`} track={track} context={context} />
      ))}
      {faults.value.slice(0, SHOWN).map((fault) => (
        <p key={fault} class="bad">
          {fault}
        </p>
      ))}
      {faults.value.length > SHOWN && (
        <p class="bad">and {plural(faults.value.length - SHOWN, "record")} more</p>
      )}
    </section>
  );
}

interface Props {
  readonly track: Track;
  readonly context: PanelContext;
}

function TrackNotes({ track, context }: Props) {
  const { run, monitor, newest, gaps, readings } = track;
  const { every, weights, cost_ms: cost, overhead, notes } = newest.fields;
  const said = [
    monitors.value.length > 1 ? monitor : "",
    typeof every === "string" ? every : plural(readings.length, "record"),
    typeof cost === "number" ? `${milliseconds(cost)} each` : "",
    typeof overhead === "number" ? `${percent(overhead)} of training time` : "",
    typeof weights === "string" && weights !== "raw" ? `${weights} weights` : "",
  ];
  const lines = Array.isArray(notes) ? notes.map(String) : [];
  return (
    <div class="ly-notes">
      <p class="ly-run">
        <span class="dot" style={{ background: context.runColour(run) }} />
        <RunName run={run} />
      </p>
      <p class="mute">{said.filter(Boolean).join(" · ")}</p>
      {lines.map((line) => (
        <p key={line} class="mute">
          {line}
        </p>
      ))}
      {gaps.length > 0 && (
        <p class="bad" data-testid="layers-gap">
          {plural(gaps.length, "gap")}, the last at step {count(gaps[gaps.length - 1].step)}:{" "}
          {String(gaps[gaps.length - 1].fields.gap)}
        </p>
      )}
    </div>
  );
}
