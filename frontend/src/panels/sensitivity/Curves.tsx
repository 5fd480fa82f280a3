/** The chosen unit over levels, at several moments, run beside run. */
import { LineChart } from "../../chart/LineChart";
import type { PanelContext } from "../../types";
import { linesOf, spreadOut } from "./lines";
import {
  focus,
  level,
  measure,
  metric,
  readingAt,
  readingsOf,
  shortName,
  trackName,
  tracks,
} from "./model";
import { chosen } from "./settings";
import { EDITS, formatValue, measureLabel, measureTitle } from "./words";

interface Props {
  readonly unit: string;
  readonly context: PanelContext;
}

export function Curves({ unit, context }: Props) {
  const shown = measure.value;
  const lines = tracks.value.flatMap((track) => {
    const reading = readingAt(track);
    if (!reading) return [];
    const run = { name: trackName(track), colour: context.runColour(track.run) };
    return linesOf(spreadOut(readingsOf(track), reading), unit, shown, run);
  });
  const names = (focus.value && readingAt(focus.value)?.levelNames) ?? [];
  return (
    <section class="card" aria-label="One unit over levels">
      <div class="title">
        <b class="clip" title={unit}>
          {shortName(unit)}
        </b>
        <span class="mute clip" title={measureTitle(shown, metric.value)}>
          {measureLabel(shown, metric.value)} by {EDITS[focus.value?.edit ?? "unstructured"].short}{" "}
          · shaded: standard error · dashed: estimates
        </span>
      </div>
      {lines.length === 0 ? (
        <p class="mute">This unit was not measured in what is shown.</p>
      ) : (
        <LineChart
          lines={lines}
          xLabel="level"
          label={`${measureTitle(shown, metric.value)} of ${unit} by level`}
          height={210}
          logarithmic={shown === "kl" || shown === "kl_batch"}
          cursor={level.value}
          dark={context.dark.value}
          testId="sensitivity-curves"
          formatX={(place) => names[Math.round(place)] ?? ""}
          formatY={(value) => formatValue(shown, value)}
          onPick={(place) => {
            chosen.level.value = Math.round(place);
          }}
        />
      )}
    </section>
  );
}
