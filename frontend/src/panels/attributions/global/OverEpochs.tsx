/** How important each feature was, over training. */
import { along } from "../../../along";
import { LineChart } from "../../../chart/LineChart";
import { lookCloser } from "../../../closer";
import { paletteColour } from "../../../colours";
import { axis, here, scrubTo } from "../../../context";
import { score } from "../../../format";
import type { PanelContext } from "../../../types";
import { timeName } from "../../layers/draw";
import { placeOf, type RunSummaries } from "./model";

const LINES = 6;

interface Props {
  readonly context: PanelContext;
  readonly summaries: RunSummaries;
  /** By falling importance. */
  readonly names: readonly string[];
}

export function OverEpochs({ context, summaries, names }: Props) {
  const { run, all } = summaries;
  if (all.length < 2) return null;
  const places = along(
    run,
    "attribution_summary",
    all.map(({ step }) => step),
  );
  const lines = names.slice(0, LINES).map((name, i) => ({
    label: name,
    colour: paletteColour(i, context.dark.value),
    ...places,
    y: all.map((summary) => summary.table?.meanAbs[placeOf(summary, name)] ?? Number.NaN),
  }));
  return (
    <section aria-label="Importance by epoch">
      <div class="att-method">
        <b class="clip">Importance by {axis.value}</b>
        <span class="mute clip">mean |attribution| of the top {lines.length} features</span>
      </div>
      <LineChart
        lines={lines}
        xLabel={axis.value}
        label={`Mean |attribution| over ${axis.value}s, ${run}`}
        height={170}
        logarithmic={false}
        cursor={here.value}
        dark={context.dark.value}
        testId="overall-epochs"
        formatX={timeName}
        formatY={score}
        onPick={scrubTo}
        onZoom={lookCloser}
      />
    </section>
  );
}
