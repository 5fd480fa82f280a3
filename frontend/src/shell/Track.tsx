/** The scrubber's track: a tick for each moment, a thumb to drag or move by keys. */
import { computed } from "@preact/signals";
import { useRef } from "preact/hooks";
import { axis, context, scrubTo, timeline, wanted } from "../context";
import { count } from "../format";
import { epochName } from "../moments";
import type { Moment } from "../types";
import { labelPlaces, ROOM } from "./ticks";

const EDGE = 0.012; // share of the width left free on both sides, for the thumb

export function Track() {
  const track = useRef<HTMLDivElement>(null);
  const moments = context.moments.value;
  const { positions } = timeline.value;
  const share = toShare(positions);
  const index = moments.findIndex(({ step }) => step === wanted.value);
  const shown = moments.findIndex(({ step }) => step === context.step.value);
  const drag = (event: PointerEvent) => {
    if (event.type === "pointerdown") track.current?.setPointerCapture(event.pointerId);
    else if (event.buttons === 0) return;
    moveTo(event, track.current, positions);
  };
  const here = moments[index];
  return (
    <div
      ref={track}
      class="track"
      role="slider"
      tabIndex={0}
      aria-label={`Moment, by ${axis.value}`}
      aria-valuemin={0}
      aria-valuemax={Math.max(0, moments.length - 1)}
      aria-valuenow={Math.max(0, index)}
      aria-valuetext={here ? `epoch ${epochName(here.epoch)}, step ${count(here.step)}` : "none"}
      aria-busy={shown !== index}
      data-testid="track"
      onPointerDown={drag}
      onPointerMove={drag}
      onKeyDown={(event) => moveByKey(event, index, moments)}
    >
      <svg aria-hidden="true">
        <rect x={pc(EDGE)} width={pc(1 - 2 * EDGE)} y="21" height="2" rx="1" fill="var(--track)" />
        <Ticks />
        {shown !== index && <Thumb at={share(positions[shown])} fill="var(--mute)" r={4} />}
        {here && (
          <Thumb
            at={share(positions[index])}
            fill={`var(--${shown === index ? "accent" : "panel"})`}
            r={7}
          />
        )}
      </svg>
    </div>
  );
}

const MOST_TICKS = 250; // closer ones are no ruler but a block

/** Where there is a tick, as shares of the track's width, and which of them are labelled. */
const ticks = computed(() => {
  const moments = context.moments.value;
  const { positions } = timeline.value;
  const shares = positions.map(toShare(positions));
  const labels = labelPlaces(
    shares,
    moments.map((moment) => moment[axis.value]),
  );
  const apart = new Map(shares.map((share) => [Math.round(share * MOST_TICKS), share]));
  const roomy = shares.length < 2 || shares[1] - shares[0] > ROOM;
  return {
    drawn: shares.length > MOST_TICKS ? [...apart.values()] : shares,
    shares,
    labels,
    roomy,
  };
});

function Ticks() {
  const moments = context.moments.value;
  const { drawn, shares, labels, roomy } = ticks.value;
  const untrained = roomy ? epochName(-1) : "–";
  const name = ({ epoch, step }: Moment) =>
    axis.value === "step" ? count(step) : epoch < 0 ? untrained : String(epoch);
  return (
    <>
      {drawn.map((x) => (
        <rect key={x} x={pc(x)} y="17" width="1" height="10" fill="var(--mute)" />
      ))}
      {labels.map((i) => (
        <text
          key={moments[i].step}
          x={pc(shares[i])}
          y="38"
          font-size="10"
          text-anchor={i === 0 && shares.length > 1 ? "start" : "middle"}
          fill="var(--mute)"
        >
          {name(moments[i])}
        </text>
      ))}
    </>
  );
}

function Thumb({
  at,
  fill,
  r,
}: {
  readonly at: number;
  readonly fill: string;
  readonly r: number;
}) {
  return (
    <circle
      cx={pc(at)}
      cy="22"
      r={r}
      fill={fill}
      stroke={fill === "var(--panel)" ? "var(--accent)" : "var(--panel)"}
      stroke-width="2"
    />
  );
}

/** Returns the function from a place on the axis to a share of the track's width. */
function toShare(positions: readonly number[]): (position: number) => number {
  const first = positions[0] ?? 0;
  const extent = (positions.at(-1) ?? 0) - first || 1;
  return (position) => EDGE + ((position - first) / extent) * (1 - 2 * EDGE);
}

function moveTo(
  event: PointerEvent,
  track: HTMLElement | null,
  positions: readonly number[],
): void {
  if (!track || positions.length === 0) return;
  const box = track.getBoundingClientRect();
  const share = ((event.clientX - box.left) / box.width - EDGE) / (1 - 2 * EDGE);
  scrubTo(positions[0] + share * (positions[positions.length - 1] - positions[0]));
}

function moveByKey(event: KeyboardEvent, index: number, moments: readonly Moment[]): void {
  const last = moments.length - 1;
  const targets: Record<string, number> = {
    ArrowLeft: index - 1,
    ArrowDown: index - 1,
    ArrowRight: index + 1,
    ArrowUp: index + 1,
    PageDown: index - 10,
    PageUp: index + 10,
    Home: 0,
    End: last,
  };
  if (!Object.hasOwn(targets, event.key) || last < 0) return;
  event.preventDefault();
  context.step.value = moments[Math.min(last, Math.max(0, targets[event.key]))].step;
}

function pc(share: number): string {
  return `${(share * 100).toFixed(3)}%`;
}
