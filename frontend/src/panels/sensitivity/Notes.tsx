/** What monitors say of themselves: schedule, cost, notes, gaps. */
import { count, milliseconds, percent, plural, said } from "../../format";
import type { PanelContext } from "../../types";
import { RunName } from "../../ui/RunName";
import { trackName, tracks } from "./model";
import type { Track } from "./readings";

export function Notes({ context }: { readonly context: PanelContext }) {
  return (
    <section aria-label="Of the records" data-testid="sensitivity-notes">
      <h3>Of the records</h3>
      {tracks.value.map((track) => (
        <div key={trackName(track)} class="se-notes">
          <p class="se-run">
            <span class="dot" style={{ background: context.runColour(track.run) }} />
            <RunName run={trackName(track)} />
          </p>
          {wordsOf(track).map((line) => (
            <p key={line} class="mute se-small">
              {line}
            </p>
          ))}
          <Gaps track={track} />
        </div>
      ))}
    </section>
  );
}

function wordsOf({ newest, readings, notes }: Track): string[] {
  const { every, weights, cost_ms: cost, overhead } = newest.fields;
  const said = [
    typeof every === "string" ? every : plural(readings.length, "record"),
    typeof cost === "number" ? `${milliseconds(cost)} for the last` : "",
    typeof overhead === "number" ? `${percent(overhead)} of training time` : "",
    typeof weights === "string" && weights !== "raw" ? `${weights} weights` : "",
  ];
  return [said.filter(Boolean).join(" · "), ...notes];
}

function Gaps({ track }: { readonly track: Track }) {
  const last = track.gaps.at(-1);
  if (!last) return null;
  return (
    <p class="bad" data-testid="sensitivity-gap">
      {plural(track.gaps.length, "gap")}, the last at step {count(last.step)}:{" "}
      {said(last.fields.gap)}
    </p>
  );
}
