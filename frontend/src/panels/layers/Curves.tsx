/** The statistic of the chosen layer over time, every run a line. */
import { useComputed } from "@preact/signals";
import { along } from "../../along";
import { LineChart } from "../../chart/LineChart";
import { lookCloser } from "../../closer";
import { axis, here, scrubTo } from "../../context";
import { score } from "../../format";
import type { PanelContext } from "../../types";
import { timeName } from "./draw";
import { colourScale, grids, logarithmic, statistic, trackName, tracks } from "./model";
import { statisticTitle } from "./tables";

export function Curves({ row, context }: { readonly row: string; readonly context: PanelContext }) {
  const lines = useComputed(() =>
    tracks.value.flatMap((track) => {
      const grid = grids.value.get(track);
      const place = grid?.places.get(row);
      if (!grid || place === undefined) return [];
      const { run, readings } = track;
      const y = [...grid.values.subarray(place * grid.width, (place + 1) * grid.width)];
      const places = along(
        run,
        "layer_statistics",
        readings.map(({ step }) => step),
        track.monitor,
      );
      return [{ label: trackName(track), colour: context.runColour(run), ...places, y }];
    }),
  ).value;
  const [first] = tracks.value;
  if (!first || !statistic.value || lines.length === 0) return null;
  const title = statisticTitle(statistic.value);
  return (
    <section aria-label="Over time">
      <h3>{title} over time</h3>
      <LineChart
        lines={lines}
        xLabel={axis.value}
        label={`${title} of ${row} over ${axis.value}s`}
        height={150}
        logarithmic={logarithmic.value && !colourScale(first).signed}
        cursor={here.value}
        dark={context.dark.value}
        testId="layers-curves"
        formatX={timeName}
        formatY={score}
        onPick={scrubTo}
        onZoom={lookCloser}
      />
    </section>
  );
}
