/** One run: what it recorded, when, at what cost, and where there are gaps. */
import { dateTime, milliseconds, percent, plural, seconds } from "../../format";
import { liveRuns } from "../../live";
import { epochName } from "../../moments";
import type { PanelContext } from "../../types";
import { correctOf, type Row } from "./rows";
import type { RunSummary } from "./summary";
import { Timeline } from "./Timeline";

interface Props {
  readonly summary: RunSummary;
  readonly rows: readonly Row[];
  readonly context: PanelContext;
}

export function RunCard({ summary, rows, context }: Props) {
  const { run, notes, gaps } = summary;
  const { right, labelled } = correctOf(rows, run);
  return (
    <article class="card ov-run" aria-label={run} data-testid="run-card">
      <div class="title">
        <span class="dot" style={{ background: context.runColour(run) }} />
        <b class="clip" title={run}>
          {run}
        </b>
        {liveRuns.value.has(run) && <span class="live">live</span>}
        {labelled > 0 && (
          <span class="mute num ov-right" title="Probe samples predicted rightly at the scrubber">
            {right} of {labelled} right
          </span>
        )}
      </div>
      <Timeline summary={summary} context={context} />
      <Facts summary={summary} />
      {(notes.length > 0 || gaps.length > 0) && (
        <ul class="ov-notes">
          {gaps.map(({ step, epoch, monitor, reason }) => (
            <li key={`${monitor} ${step}`} class="bad" data-testid="gap">
              Gap at epoch {epochName(epoch)}, step {step} ({monitor}): {reason}
            </li>
          ))}
          {notes.map((note) => (
            <li key={note} class="mute">
              {note}
            </li>
          ))}
        </ul>
      )}
    </article>
  );
}

function Facts({ summary }: { readonly summary: RunSummary }) {
  const { records, written, costMedian, costTotal, overhead } = summary;
  const kept = records === written ? plural(records, "record") : `${records} of ${written} records`;
  const facts: [string, string, string?][] = [
    ["Monitors", summary.monitors.join(", "), `Records of the kinds ${summary.kinds.join(", ")}`],
    ["Recorded", [kept, ...summary.schedules].join(", ")],
    ["Weights", summary.weights.join(", then ") || "not stated", "What the records saw"],
    ["Time", `${dateTime(summary.first.wallTime)}, for ${seconds(summary.seconds)}`],
    [
      "Cost",
      `${milliseconds(costMedian)} each · ${milliseconds(costTotal)} in all`,
      "Median and sum over the records shown",
    ],
    ["Overhead", overhead === null ? "not measured" : `${percent(overhead)} of training time`],
  ];
  return (
    <table class="facts">
      <tbody>
        {facts.map(([name, value, title]) => (
          <tr key={name} title={title}>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
