/** A run's records on the time axis of all shown runs: ticks, gaps hatched, the scrubber. */
import { useMemo } from "preact/hooks";
import { here, timeline } from "../../context";
import { count } from "../../format";
import { epochWords } from "../../moments";
import type { PanelContext } from "../../types";
import type { RunSummary } from "./summary";

const MANY = 60; // ticks that would run together at their usual width
const WIDTH = 1000; // units of the drawing, stretched to the card

interface Props {
  readonly summary: RunSummary;
  readonly context: PanelContext;
}

export function Timeline({ summary, context }: Props) {
  const { run, first, last, steps } = summary;
  const x = toX(timeline.value.positions);
  const xOf = (step: number) => x(timeline.value.placeOf(run, step));
  const now = timeline.value;
  const ticks = useMemo(
    // Of thousands of ticks one for each pixel is to be seen.
    () => [...new Set(steps.map((step) => Math.round(xOf(step))))].map((at) => `M${at} 3V15`),
    [steps, now],
  );
  const gaps = summary.gaps.map(({ step }) => step);
  return (
    <figure class="ov-timeline">
      <svg
        viewBox={`0 0 ${WIDTH} 18`}
        preserveAspectRatio="none"
        role="img"
        aria-label={words(summary)}
      >
        <path class="axis" d={`M${xOf(first.step)} 9H${xOf(last.step)}`} />
        <path
          d={ticks.join("")}
          stroke={context.runColour(run)}
          style={{ strokeWidth: ticks.length > MANY ? "1px" : "2px" }}
        />
        <path class="gap" d={gaps.map((step) => `M${xOf(step)} 1V17`).join("")} />
        <path class="here" d={`M${x(here.value)} 0V18`} />
      </svg>
      <figcaption class="row mute num">
        <span>
          {epochWords(first.epoch)} · step {count(first.step)}
        </span>
        <span>
          {epochWords(last.epoch)} · step {count(last.step)}
        </span>
      </figcaption>
    </figure>
  );
}

function words({ records, gaps, first, last }: RunSummary): string {
  return `${records} records from step ${first.step} to ${last.step}, ${gaps.length} gaps`;
}

/** Returns the function from a place on the time axis to the drawing's units. */
function toX(all: readonly number[]): (place: number) => number {
  const first = all[0] ?? 0;
  const extent = (all.at(-1) ?? 0) - first || 1;
  return (place) => 4 + ((place - first) / extent) * (WIDTH - 8);
}
