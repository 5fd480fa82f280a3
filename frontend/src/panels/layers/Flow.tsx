/** The statistic by depth at the scrubber, every run a line. */
import { useComputed } from "@preact/signals";
import { LineChart } from "../../chart/LineChart";
import { score } from "../../format";
import type { PanelContext } from "../../types";
import {
  allRows,
  colourScale,
  layer,
  logarithmic,
  statistic,
  trackName,
  tracks,
  valueAt,
} from "./model";
import { shownRows } from "./rows";
import { shown } from "./settings";

export function Flow({ context }: { readonly context: PanelContext }) {
  const names = useComputed(() =>
    shownRows(allRows.value, shown.filter.value, "depth", () => 0),
  ).value;
  const lines = useComputed(() =>
    tracks.value.map((track) => ({
      label: trackName(track),
      colour: context.runColour(track.run),
      x: names.map((_, i) => i),
      y: names.map((name) => valueAt(track, name)),
    })),
  ).value;
  const [first] = tracks.value;
  if (!first || names.length < 2) return null;
  const signed = colourScale(first).signed;
  return (
    <article class="card" aria-label="By depth" data-testid="layers-flow">
      <div class="title">
        <b>By depth</b>
        <span class="mute clip">{statistic.value?.label} at the scrubber, input to output</span>
      </div>
      <LineChart
        lines={lines}
        xLabel="layer"
        label={`${statistic.value?.label} of each layer at the scrubber`}
        height={150}
        logarithmic={logarithmic.value && !signed}
        cursor={names.indexOf(layer.value ?? "")}
        dark={context.dark.value}
        testId="layers-flow-chart"
        formatX={(x) => names[x] ?? ""}
        formatTickX={(x) => (names[x] === undefined ? "" : `${x}`)}
        formatY={score}
        onPick={(x) => {
          const name = names[Math.round(x)];
          if (name !== undefined) layer.value = name;
        }}
      />
    </article>
  );
}
