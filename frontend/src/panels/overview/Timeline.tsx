/** A run's records on the time axis of all shown runs: ticks, gaps hatched, the scrubber. */
import { count } from "../../format";
import { epochWords, positionsOf } from "../../moments";
import type { PanelContext } from "../../types";
import { view } from "../../view";
import type { RunSummary } from "./summary";

const MANY = 60; // ticks that would run together at their usual width
const WIDTH = 1000; // units of the drawing, stretched to the card

interface Props {
  readonly summary: RunSummary;
  readonly context: PanelContext;
}

export function Timeline({ summary, context }: Props) {
  const moments = context.moments.value;
  const positions = positionsOf(moments, view.axis.value);
  const places = new Map(moments.map(({ step }, i) => [step, xOf(positions, i)]));
  const x = (step: number) => places.get(step) ?? 0;
  const gaps = new Set(summary.gaps.map(({ step }) => step));
  const { first, last } = summary;
  const steps = moments
    .map(({ step }) => step)
    .filter((step) => step >= first.step && step <= last.step);
  return (
    <figure class="ov-timeline">
      <svg
        viewBox={`0 0 ${WIDTH} 18`}
        preserveAspectRatio="none"
        role="img"
        aria-label={words(summary)}
      >
        <path class="axis" d={`M${x(first.step)} 9H${x(last.step)}`} />
        <path
          d={steps
            .filter((step) => !gaps.has(step))
            .map((step) => `M${x(step)} 3V15`)
            .join("")}
          stroke={context.runColour(summary.run)}
          style={{ strokeWidth: steps.length > MANY ? "1px" : "2px" }}
        />
        <path class="gap" d={[...gaps].map((step) => `M${x(step)} 1V17`).join("")} />
        <path class="here" d={`M${x(context.step.value)} 0V18`} />
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

function xOf(positions: readonly number[], index: number): number {
  const first = positions[0];
  const extent = positions[positions.length - 1] - first || 1;
  return 4 + ((positions[index] - first) / extent) * (WIDTH - 8);
}
