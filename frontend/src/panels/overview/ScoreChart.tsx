/** The score of one sample's label over time, for every shown run. */

import { useComputed } from "@preact/signals";
import { LineChart } from "../../chart/LineChart";
import { lookCloser } from "../../closer";
import { axis, here, scrubTo } from "../../context";
import { count, score } from "../../format";
import type { Sample } from "../../samples";
import type { PanelContext } from "../../types";
import { Segmented } from "../../ui/Segmented";
import { formatEpoch, scoreLines, scoreName } from "./score-lines";
import { logarithmic } from "./settings";

interface Props {
  readonly sample: Sample;
  readonly context: PanelContext;
}

export function ScoreChart({ sample, context }: Props) {
  const lines = useComputed(() => scoreLines(context)).value;
  if (lines.length === 0) return null;
  const by = axis.value;
  const title = `${scoreName()} of ${sample.label ?? "the label"}`;
  return (
    <>
      <h3 class="named two-lines" title={title}>
        {title}
      </h3>
      <LineChart
        lines={lines}
        xLabel={by}
        label={`${title} over ${by}s`}
        height={170}
        logarithmic={logarithmic.value}
        range={scoreName() === "Probability" ? [0, 1] : undefined}
        cursor={here.value}
        dark={context.dark.value}
        testId="score-chart"
        formatX={by === "step" ? count : formatEpoch}
        formatY={score}
        onPick={scrubTo}
        onZoom={lookCloser}
      />
      <Segmented
        label="Scale of the score"
        choices={[
          { value: "linear", label: "linear" },
          { value: "log", label: "log" },
        ]}
        value={logarithmic.value ? "log" : "linear"}
        testId="score-scale"
        onChange={(value) => {
          logarithmic.value = value === "log";
        }}
      />
    </>
  );
}
