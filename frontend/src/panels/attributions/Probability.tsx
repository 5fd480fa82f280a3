/** The score of the label of the sample in depth, over time, for every shown run. */

import { along } from "../../along";
import { LineChart } from "../../chart/LineChart";
import type { Line } from "../../chart/line";
import { lookCloser } from "../../closer";
import { axis, here, scrubTo } from "../../context";
import { count, score } from "../../format";
import { epochName } from "../../moments";
import { predictionFrom } from "../../predictions";
import type { Sample } from "../../samples";
import type { PanelContext } from "../../types";
import type { Model } from "./model";
import { probeOfRecord } from "./records";

interface Props {
  readonly context: PanelContext;
  readonly model: Model;
  readonly sample: Sample;
}

export function Probability({ context, model, sample }: Props) {
  const along = axis.value;
  const lines = linesOf(context, model, sample);
  const kind = isProbability(model) ? "Probability" : "Score";
  const title = `${kind} of ${sample.label ?? "the label"}`;
  return (
    <>
      <h3 class="named two-lines" title={title}>
        {title}
      </h3>
      {lines.length === 0 ? (
        <p class="mute">Not recorded: the sample has no label.</p>
      ) : (
        <LineChart
          lines={lines}
          xLabel={along}
          label={`${title} over ${along}s`}
          height={140}
          logarithmic={false}
          range={isProbability(model) ? [0, 1] : undefined}
          cursor={here.value}
          dark={context.dark.value}
          testId="attributions-score"
          formatX={along === "step" ? count : formatEpoch}
          formatY={score}
          onPick={scrubTo}
          onZoom={lookCloser}
        />
      )}
    </>
  );
}

function linesOf({ runColour }: PanelContext, model: Model, { hash }: Sample): Line[] {
  return model.runs.value.flatMap((run) => {
    const recorded = run.predictions.flatMap((record) => {
      const probe = probeOfRecord(run, record);
      const prediction = probe && predictionFrom(record, probe, hash);
      return prediction ? [{ at: record, y: prediction.labelScore }] : [];
    });
    if (recorded.every(({ y }) => Number.isNaN(y))) return [];
    const steps = recorded.map(({ at }) => at.step);
    const places = along(run.run, "predictions", steps);
    return [
      { label: run.run, colour: runColour(run.run), ...places, y: recorded.map(({ y }) => y) },
    ];
  });
}

function isProbability(model: Model): boolean {
  const records = model.runs.value.flatMap(({ predictions }) => predictions.slice(0, 1));
  return records.every(({ fields }) => fields.activation !== "none");
}

function formatEpoch(epoch: number): string {
  return Number.isInteger(epoch) ? epochName(epoch) : epoch.toFixed(2);
}
