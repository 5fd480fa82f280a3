/** Quantiles of the chosen layer over time, or its mean and deviation. */
import { useMemo } from "preact/hooks";
import { drawPlot, type Plot, type PlotScales, scalesOf } from "../../chart/draw";
import type { Line } from "../../chart/line";
import { timeline } from "../../context";
import { count } from "../../format";
import type { PanelContext } from "../../types";
import { type Bands, bandsOf } from "./bands";
import { Canvas, type Spot } from "./Canvas";
import { type Context, exact, theme, timeName } from "./draw";
import { level, readingAt } from "./model";
import { span } from "./placement";
import type { TooltipText } from "./Tooltip";
import type { Track } from "./tracks";

interface Props {
  readonly track: Track;
  readonly row: string;
  readonly context: PanelContext;
}

const HEIGHT = 150;

export function Spread({ track, row, context }: Props) {
  const at = level.value;
  const bands = useMemo(() => bandsOf(track, at, row), [track, at, row]);
  if (!bands) return null;
  const x = bands.steps.map((step) => timeline.value.placeOf(track.run, step));
  const colour = context.runColour(track.run);
  const line = { label: bands.middleLabel, colour, x, y: bands.middle };
  const plotIn = plotFor(line, rangeOf(bands), x[readingAt(track)]);
  const recordAt = (spot: Spot) => {
    const place = scalesOf(plotIn(spot.width)).x.valueAt(spot.x);
    return Math.max(
      0,
      x.findLastIndex((each) => each <= place),
    );
  };
  const draw = (to: Context, width: number) => {
    const plot = plotIn(width);
    paintBands(to, bands, line, scalesOf(plot));
    drawPlot(to, plot);
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
        tell={(spot) => told(bands, recordAt(spot))}
        onPick={(spot) => context.scrubToRecord(track.run, bands.steps[recordAt(spot)])}
      />
    </article>
  );
}

/** Returns what places a line, with what is around it, in some width. */
function plotFor(line: Line, range: [number, number], cursor = Number.NaN) {
  const { from, to } = span.value;
  const { text, line: grid, accent } = theme();
  return (width: number): Plot => ({
    x: 0,
    y: 0,
    width,
    height: HEIGHT,
    lines: [line],
    logarithmic: false,
    range,
    span: [from, to],
    cursor,
    colours: { text, grid, cursor: accent },
    formatX: timeName,
  });
}

function paintBands(to: Context, { bands }: Bands, { x, colour }: Line, scales: PlotScales): void {
  const [left, top, right, bottom] = scales.inner;
  to.save();
  to.beginPath();
  to.rect(left, top, right - left, bottom - top);
  to.clip();
  to.fillStyle = colour;
  to.globalAlpha = bands.length > 1 ? 0.2 : 0.3;
  const places = x.map(scales.x.place);
  for (const { low, high } of bands) {
    area(to, places, low.map(scales.y.place), high.map(scales.y.place));
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

function told(bands: Bands, t: number): TooltipText {
  return {
    title: `Step ${count(bands.steps[t])}`,
    facts: [
      [bands.middleLabel, exact(bands.middle[t])],
      ...bands.bands.map(
        ({ label, low, high }) => [label, `${exact(low[t])}, ${exact(high[t])}`] as const,
      ),
    ],
  };
}
