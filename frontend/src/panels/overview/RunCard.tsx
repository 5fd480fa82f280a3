/** One run: what it recorded, when, at what cost, and where there are gaps. */
import { shownSince } from "../../context";
import { count, dateTime, milliseconds, percent, plural, seconds } from "../../format";
import { liveRuns } from "../../live";
import { epochName } from "../../moments";
import type { PanelContext } from "../../types";
import { RunName } from "../../ui/RunName";
import { RunAlerts } from "./RunAlerts";
import { correctOf, type Row, recordOf } from "./rows";
import { gapsByReason, type RunSummary, rhythmsInWords } from "./summary";
import { Timeline } from "./Timeline";

interface Props {
  readonly summary: RunSummary;
  readonly rows: readonly Row[];
  /** Whether the facts fold into one line. */
  readonly compact: boolean;
  readonly context: PanelContext;
}

export function RunCard({ summary, rows, compact, context }: Props) {
  const { run } = summary;
  const { right, labelled } = correctOf(rows, run);
  const record = recordOf(rows, run);
  const since = record && shownSince(record);
  return (
    <article class="card ov-run" aria-label={run} data-testid="run-card">
      <div class="title">
        <span class="dot" style={{ background: context.runColour(run) }} />
        <b>
          <RunName run={run} />
        </b>
        {liveRuns.value.has(run) && <span class="live">live</span>}
        {labelled > 0 && (
          <span class="mute num ov-right" title="Probe samples predicted rightly at the scrubber">
            {right} of {labelled} right{since && ` at ${since}`}
          </span>
        )}
      </div>
      <Timeline summary={summary} context={context} />
      <RunAlerts run={run} />
      {compact ? (
        <details>
          <summary class="num">{inShort(summary)}</summary>
          <Facts summary={summary} />
        </details>
      ) : (
        <Facts summary={summary} />
      )}
      <Remarks summary={summary} />
    </article>
  );
}

function inShort({ records, counted, costMedian }: RunSummary): string {
  return `${plural(records, "record")} of ${counted.join(", ")} · ${milliseconds(costMedian)} each`;
}

/** Gaps and notes in words. */
function Remarks({ summary: { gaps, notes } }: { readonly summary: RunSummary }) {
  if (gaps.length + notes.length === 0) return null;
  return (
    <ul class="ov-notes">
      {gapsByReason(gaps).map(({ monitor, reason, epochs }) => (
        <li key={`${monitor} ${reason}`} class="bad" data-testid="gap">
          {plural(epochs.length, "gap")} of {monitor} ({epochsInWords(epochs)}): {reason}
        </li>
      ))}
      {notes.map((note) => (
        <li key={note} class="mute">
          {note}
        </li>
      ))}
    </ul>
  );
}

const EPOCHS_NAMED = 6; // gaps told one by one; more are only counted

function epochsInWords(epochs: readonly number[]): string {
  const named = epochs.slice(0, EPOCHS_NAMED).map(epochName).join(", ");
  const more = epochs.length - EPOCHS_NAMED;
  return `epoch${epochs.length === 1 ? "" : "s"} ${named}${more > 0 ? ` and ${more} more` : ""}`;
}

function Facts({ summary }: { readonly summary: RunSummary }) {
  const { records, written, gone, costMedian, costTotal, overhead, uncounted } = summary;
  const left = records === written ? plural(records, "record") : `${records} of ${written} records`;
  const kept = gone > 0 ? `${count(records)} kept of ${count(records + gone)} records` : left;
  const facts: [string, string, string?][] = [
    ["Monitors", summary.monitors.join(", ")],
    ["Recorded", `${kept} of ${summary.counted.join(", ")}`],
    ["Rhythm", rhythmsInWords(summary.schedules) || "not stated"],
    [
      "Also",
      uncounted.join(", ") || "nothing",
      "What else these monitors recorded: it is counted where it is shown",
    ],
    ["Weights", summary.weights.join(", then ") || "not stated", "What the records saw"],
    ["Time", `${dateTime(summary.first.wallTime)}, for ${seconds(summary.seconds)}`],
    [
      "Cost",
      `${milliseconds(costMedian)} each · ${milliseconds(costTotal)} in all`,
      "Of what is counted above: the median, and the sum, in which records that are not loaded count as the others",
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
