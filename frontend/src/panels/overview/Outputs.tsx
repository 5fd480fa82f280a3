/** What the shown runs put out on the validation set: measures over time, and a card per run. */

import { along } from "../../along";
import { LineChart } from "../../chart/LineChart";
import { lookCloser } from "../../closer";
import { axis, here, scrubTo } from "../../context";
import { csvDownload } from "../../csv";
import { count, score } from "../../format";
import { recordAt } from "../../moments";
import type { PanelContext } from "../../types";
import { saveDownload } from "../../ui/download";
import { Segmented } from "../../ui/Segmented";
import { Term } from "../../ui/Term";
import {
  measureLines,
  measureName,
  measureRows,
  measuresIn,
  outputsOf,
  type RunOutputs,
} from "./measures";
import { OutputCard } from "./OutputCard";
import { formatEpoch } from "./score-lines";
import { logarithmicCounts } from "./settings";

const COLUMNS = ["run", "epoch", "step", "samples", "measure", "value"];

export function Outputs({ context }: { readonly context: PanelContext }) {
  const runs = context.runs.value
    .map((run) => ({ run, records: outputsOf(context.series.value, run) }))
    .filter(({ records }) => records.length > 0);
  if (runs.length === 0) return null;
  const save = () => saveDownload(csvDownload("explain-outputs.csv", COLUMNS, measureRows(runs)));
  return (
    <section
      class="ov-all-outputs"
      aria-label="Outputs on the validation set"
      data-testid="outputs"
    >
      <div class="ov-section">
        <b>Outputs on the validation set</b>
        <Segmented
          label="Shade of counts"
          choices={[
            { value: "log", label: "log" },
            { value: "linear", label: "linear" },
          ]}
          value={logarithmicCounts.value ? "log" : "linear"}
          testId="output-shade"
          onChange={(value) => {
            logarithmicCounts.value = value === "log";
          }}
        />
        <button type="button" data-testid="output-csv" onClick={save}>
          CSV of measures
        </button>
      </div>
      <div class="ov-measures">
        {measuresIn(runs.flatMap(({ records }) => records)).map((measure) => (
          <Measure key={measure} measure={measure} runs={runs} context={context} />
        ))}
      </div>
      <div class="ov-outputs">
        {runs.map(({ run, records }) => {
          const record = recordAt(records, context.stepIn(run));
          return record && <OutputCard key={run} run={run} record={record} context={context} />;
        })}
      </div>
    </section>
  );
}

interface Props {
  readonly measure: string;
  readonly runs: readonly RunOutputs[];
  readonly context: PanelContext;
}

const alongOutputs = (run: string, steps: readonly number[]) => along(run, "outputs", steps);

function Measure({ measure, runs, context }: Props) {
  const lines = measureLines(runs, measure, alongOutputs, context.runColour);
  if (lines.length === 0) return null;
  const by = axis.value;
  const name = measureName(measure);
  return (
    <section class="card" aria-label={name}>
      <div class="title">
        <b>
          <Term group="outputs" name={measure} label={name} />
        </b>
      </div>
      <LineChart
        lines={lines}
        xLabel={by}
        label={`${name} over ${by}s`}
        height={130}
        logarithmic={false}
        cursor={here.value}
        dark={context.dark.value}
        testId={`output-${measure}`}
        formatX={by === "step" ? count : formatEpoch}
        formatY={score}
        onPick={scrubTo}
        onZoom={lookCloser}
      />
    </section>
  );
}
