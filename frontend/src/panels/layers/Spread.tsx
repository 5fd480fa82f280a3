/** Quantiles of the chosen layer over time, or its mean and deviation. */
import { useMemo, useState } from "preact/hooks";
import { timeline } from "../../context";
import { count } from "../../format";
import { indexAtOrBefore } from "../../moments";
import type { PanelContext } from "../../types";
import { type Bands, bandsOf } from "./bands";
import { Canvas, type Spot } from "./Canvas";
import type { Span } from "./cells";
import { niceTicks } from "./density";
import { brief, type Context, exact, FONT, segment, type Theme, theme, timeAxis } from "./draw";
import { level, span } from "./model";
import { Tooltip, type TooltipText } from "./Tooltip";
import type { Track } from "./tracks";

interface Props {
  readonly track: Track;
  readonly row: string;
  readonly context: PanelContext;
}

const HEIGHT = 150;
const LEFT = 44;
const BOTTOM = 20;

export function Spread({ track, row, context }: Props) {
  const [hover, setHover] = useState<TooltipText | null>(null);
  const at = level.value;
  const bands = useMemo(() => bandsOf(track, at, row), [track, at, row]);
  if (!bands) return null;
  const now = span.value;
  const places = bands.steps.map((step) => timeline.value.placeOf(track.run, step));
  const here = places[indexAtOrBefore(track.readings, context.stepIn(track.run))];
  const colour = context.runColour(track.run);
  const recordAt = ({ x, width }: Spot) => {
    const place = now.from + ((x - LEFT) / (width - LEFT)) * (now.to - now.from);
    return Math.max(
      0,
      places.findLastIndex((each) => each <= place),
    );
  };
  const draw = (to: Context, width: number) => {
    paint(to, { bands, places, now, width, colour, here, theme: theme() });
  };
  return (
    <article class="card" aria-label="Spread over time" data-testid="layers-spread">
      <div class="title">
        <b>Spread over time</b>
        <span class="mute clip">
          {bands.middleLabel}, {bands.bands.map(({ label }) => label).join(", ")}
        </span>
      </div>
      <Canvas
        height={HEIGHT}
        label={`Spread of ${row} over time`}
        testId="layers-spread-canvas"
        draw={draw}
        onHover={(spot) => setHover(spot && told(bands, recordAt(spot), spot))}
        onPick={(spot) => context.scrubToRecord(track.run, bands.steps[recordAt(spot)])}
      />
      {hover && <Tooltip {...hover} />}
    </article>
  );
}

interface Scene {
  readonly bands: Bands;
  readonly places: readonly number[];
  readonly now: Span;
  readonly width: number;
  readonly colour: string;
  readonly here: number | undefined;
  readonly theme: Theme;
}

function paint(to: Context, { bands, places, now, width, colour, here, theme: paper }: Scene) {
  const [low, high] = rangeOf(bands);
  const bottom = HEIGHT - BOTTOM;
  const toX = (place: number) => LEFT + ((place - now.from) / (now.to - now.from)) * (width - LEFT);
  const toY = (value: number) => 4 + (1 - (value - low) / (high - low)) * (bottom - 8);
  paintValues(to, niceTicks(low, high, 4), toY, width, paper);
  timeAxis(to, now, { left: LEFT, width: width - LEFT, y: bottom }, paper);
  to.save();
  to.beginPath();
  to.rect(LEFT, 0, width - LEFT, bottom);
  to.clip();
  to.fillStyle = to.strokeStyle = colour;
  to.globalAlpha = bands.bands.length > 1 ? 0.2 : 0.3;
  for (const band of bands.bands) area(to, places.map(toX), band.low.map(toY), band.high.map(toY));
  to.globalAlpha = 1;
  to.lineWidth = 1.6;
  line(to, places.map(toX), bands.middle.map(toY));
  if (here !== undefined) {
    to.strokeStyle = paper.accent;
    to.lineWidth = 1;
    segment(to, toX(here), 0, toX(here), bottom);
  }
  to.restore();
}

function rangeOf({ bands, middle }: Bands): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const line of [middle, ...bands.flatMap((band) => [band.low, band.high])]) {
    for (const value of line) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  if (!(low <= high)) return [-1, 1];
  return low < high ? [low, high] : [low - 1, high + 1];
}

function paintValues(
  to: Context,
  ticks: readonly number[],
  toY: (value: number) => number,
  width: number,
  { mute, line: grid }: Theme,
): void {
  to.font = FONT;
  to.fillStyle = mute;
  to.strokeStyle = grid;
  to.lineWidth = 1;
  to.textAlign = "right";
  to.textBaseline = "middle";
  for (const tick of ticks) {
    segment(to, LEFT, toY(tick), width, toY(tick));
    to.fillText(brief(tick), LEFT - 6, toY(tick));
  }
}

/** Fills what lies between two lines, leaving out holes. */
function area(to: Context, x: readonly number[], low: readonly number[], high: readonly number[]) {
  let from = 0;
  for (let i = 0; i <= x.length; i++) {
    if (i < x.length && !Number.isNaN(low[i]) && !Number.isNaN(high[i])) continue;
    if (i > from) {
      to.beginPath();
      for (let k = from; k < i; k++) to.lineTo(x[k], high[k]);
      for (let k = i - 1; k >= from; k--) to.lineTo(x[k], low[k]);
      to.fill();
    }
    from = i + 1;
  }
}

function line(to: Context, x: readonly number[], y: readonly number[]): void {
  to.beginPath();
  y.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    if (i > 0 && !Number.isNaN(y[i - 1])) to.lineTo(x[i], value);
    else to.moveTo(x[i], value);
  });
  to.stroke();
}

function told(bands: Bands, t: number, { clientX, clientY }: Spot): TooltipText {
  return {
    clientX,
    clientY,
    title: `Step ${count(bands.steps[t])}`,
    facts: [
      [bands.middleLabel, exact(bands.middle[t])],
      ...bands.bands.map(
        ({ label, low, high }) => [label, `${exact(low[t])}, ${exact(high[t])}`] as const,
      ),
    ],
  };
}
