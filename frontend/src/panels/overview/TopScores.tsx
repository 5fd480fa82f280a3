/** The likeliest classes of one sample at the scrubber, as bars, for each run. */
import { shownSince } from "../../context";
import { score } from "../../format";
import { epochWords, recordAt } from "../../moments";
import { topScores, trackOf } from "../../predictions";
import { className, type Sample } from "../../samples";
import type { PanelContext } from "../../types";
import { RunName } from "../../ui/RunName";
import { tracks } from "./model";

interface Props {
  readonly sample: Sample;
  readonly context: PanelContext;
}

export function TopScores({ sample, context }: Props) {
  const scored = context.runs.value.filter((run) => recordOf(run, sample, context));
  if (scored.length === 0) return null;
  return (
    <>
      <h3>Likeliest classes</h3>
      <div class="ov-tops" data-testid="top-scores">
        {scored.map((run) => (
          <RunScores key={run} run={run} sample={sample} context={context} />
        ))}
      </div>
    </>
  );
}

/** Returns what `run` predicts at the scrubber for its probe with the sample. */
function recordOf(run: string, sample: Sample, context: PanelContext) {
  const track = trackOf(tracks.value, run, sample.hash);
  return track && recordAt(track.records, context.stepIn(run));
}

function RunScores({ run, sample, context }: Props & { readonly run: string }) {
  const track = trackOf(tracks.value, run, sample.hash);
  const record = recordOf(run, sample, context);
  if (!track || !record) return null;
  const entries = topScores(record, track.probe.places.get(sample.hash) ?? -1);
  const since = shownSince(record);
  const longest = Math.max(1, ...entries.map((entry) => Math.abs(entry.score)));
  return (
    <div>
      <div class="row">
        <span class="ov-run-name">
          <span class="dot" style={{ background: context.runColour(run) }} />
          <RunName run={run} />
        </span>
        <small class="mute num">
          {since && "at "}
          {since || epochWords(record.epoch)}
        </small>
      </div>
      <table class="ov-bars">
        <tbody>
          {entries.map((entry) => {
            const name = className(track.probe.classNames, entry.index);
            return (
              <tr key={entry.index} class={name === sample.label ? "label" : ""}>
                <th scope="row" class="clip" title={name}>
                  {name}
                </th>
                <td>
                  <span
                    class="bar"
                    style={{
                      width: `${(Math.abs(entry.score) / longest) * 100}%`,
                      background: context.runColour(run),
                    }}
                  />
                </td>
                <td class="num">{score(entry.score)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
