/** How sharp and how far the selected head looks, over training and for every run. */

import { along } from "../../along";
import { LineChart } from "../../chart/LineChart";
import { lookCloser } from "../../closer";
import { axis, here, scrubTo } from "../../context";
import { count, score } from "../../format";
import type { PanelContext } from "../../types";
import { Term } from "../../ui/Term";
import { formatEpoch } from "../overview/score-lines";
import { headLines, type Statistic } from "./headLines";
import type { Model } from "./model";

interface Props {
  readonly model: Model;
  readonly context: PanelContext;
}

export function Curves({ model, context }: Props) {
  const cells = model.shown.value.some((each) => "grid" in each && each.grid);
  return (
    <div class="at-curves">
      <Curve model={model} context={context} statistic="entropy" title="Entropy" unit="nats" />
      <Curve
        model={model}
        context={context}
        statistic="distance"
        title="Mean distance"
        unit={cells ? "cells" : "tokens"}
      />
      <Curve
        model={model}
        context={context}
        statistic="first"
        title="On the first token"
        unit="share"
      />
    </div>
  );
}

interface CurveProps extends Props {
  readonly statistic: Statistic;
  readonly title: string;
  readonly unit: string;
}

function Curve({ model, context, statistic, title, unit }: CurveProps) {
  const head = model.head.value;
  const lines = head
    ? headLines(model.runs.value, head, statistic, {
        along: (run, steps) => along(run, "attention_statistics", steps),
        colourOf: context.runColour,
      })
    : [];
  if (lines.length === 0) return null;
  const by = axis.value;
  return (
    <section class="card" aria-label={title}>
      <div class="title">
        <b>
          <Term group="attention" name={statistic} label={title} />
        </b>
        <span class="mute">{unit}</span>
      </div>
      <LineChart
        lines={lines}
        xLabel={by}
        label={`${title} in ${unit} over ${by}s`}
        height={150}
        logarithmic={false}
        cursor={here.value}
        dark={context.dark.value}
        testId={`attention-${statistic}`}
        formatX={by === "step" ? count : formatEpoch}
        formatY={score}
        onPick={scrubTo}
        onZoom={lookCloser}
      />
    </section>
  );
}
