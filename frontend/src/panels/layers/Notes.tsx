/** What monitors say of themselves: schedule, cost, notes, gaps, and what could not be used. */
import { count, milliseconds, percent, plural, said } from "../../format";
import type { PanelContext } from "../../types";
import { RunName } from "../../ui/RunName";
import { faults, trackName, tracks } from "./model";
import type { Track } from "./tracks";

const SHOWN = 5; // faults told; the first ones say it all

export function Notes({ context }: { readonly context: PanelContext }) {
  return (
    <section aria-label="Of the records" data-testid="layers-notes">
      <h3>Of the records</h3>
      {[...saidBy(tracks.value)].map(([words, own]) => (
        <div key={words} class="ly-notes">
          <p class="ly-run">
            {own.map((track) => (
              <span
                key={trackName(track)}
                class="dot"
                title={trackName(track)}
                style={{ background: context.runColour(track.run) }}
              />
            ))}
            {own.length === 1 && <RunName run={trackName(own[0])} />}
          </p>
          {words.split("\n").map((line) => (
            <p key={line} class="mute">
              {line}
            </p>
          ))}
        </div>
      ))}
      {tracks.value.map((track) => (
        <Gaps key={trackName(track)} track={track} />
      ))}
      <Faults />
    </section>
  );
}

/** Returns what tracks say of themselves, line by line, and which ones say the same. */
function saidBy(all: readonly Track[]): Map<string, Track[]> {
  const groups = new Map<string, Track[]>();
  for (const track of all) {
    const words = wordsOf(track);
    groups.set(words, [...(groups.get(words) ?? []), track]);
  }
  return groups;
}

function wordsOf({ newest, readings, notes }: Track): string {
  const { every, weights, cost_ms: cost, overhead } = newest.fields;
  const said = [
    typeof every === "string" ? every : plural(readings.length, "record"),
    typeof cost === "number" ? `${milliseconds(cost)} each` : "",
    typeof overhead === "number" ? `${percent(overhead)} of training time` : "",
    typeof weights === "string" && weights !== "raw" ? `${weights} weights` : "",
  ];
  return [said.filter(Boolean).join(" · "), ...notes].join("\n");
}

function Gaps({ track }: { readonly track: Track }) {
  const last = track.gaps.at(-1);
  if (!last) return null;
  return (
    <p class="bad" data-testid="layers-gap">
      {plural(track.gaps.length, "gap")} in {trackName(track)}, the last at step {count(last.step)}:{" "}
      {said(last.fields.gap)}
    </p>
  );
}

/** What could not be recorded or used at all. */
export function Faults() {
  const more = faults.value.length - SHOWN;
  return (
    <>
      {faults.value.slice(0, SHOWN).map((fault) => (
        <p key={fault} class="bad">
          {fault}
        </p>
      ))}
      {more > 0 && <p class="bad">and {plural(more, "record")} more</p>}
    </>
  );
}
