/** Quantiles of the chosen layer over time, or its mean and deviation. */
import { useMemo } from "preact/hooks";
import { along } from "../../along";
import { drawPlot, isHole, type Plot, scalesOf } from "../../chart/draw";
import { drawnLine } from "../../chart/level";
import type { Line } from "../../chart/line";
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
  const places = along(track.run, "layer_statistics", bands.steps, track.monitor);
  const { x } = places;
  const colour = context.runColour(track.run);
  const line = { label: bands.middleLabel, colour, ...places, y: bands.middle };
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
    paintBands(to, bands, line, plot);
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

function paintBands(to: Context, { bands }: Bands, line: Line, plot: Plot): void {
  const scales = scalesOf(plot);
  const edges = (y: readonly number[]) => drawnLine({ ...line, y }, plot.span ?? [0, 1]);
  const [left, top, right, bottom] = scales.inner;
  to.save();
  to.beginPath();
  to.rect(left, top, right - left, bottom - top);
  to.clip();
  to.fillStyle = line.colour;
  to.globalAlpha = bands.length > 1 ? 0.2 : 0.3;
  for (const { low, high } of bands) {
    const [below, above] = [edges(low), edges(high)];
    const isBare = (i: number) => isHole(below, i, scales.x.place);
    const places = [below.x.map(scales.x.place), below.y.map(scales.y.place)];
    area(to, places[0], places[1], above.y.map(scales.y.place), isBare);
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

/** Fills what lies between two lines, leaving out what is not defined and holes. */
function area(
  to: Context,
  x: readonly number[],
  low: readonly number[],
  high: readonly number[],
  isBare: (i: number) => boolean,
) {
  let from = 0;
  for (let i = 0; i <= x.length; i++) {
    const hole = i === x.length || Number.isNaN(low[i]) || Number.isNaN(high[i]);
    if (!hole && !isBare(i)) continue;
    if (i > from) {
      to.beginPath();
      for (let k = from; k < i; k++) to.lineTo(x[k], high[k]);
      for (let k = i - 1; k >= from; k--) to.lineTo(x[k], low[k]);
      to.fill();
    }
    from = hole ? i + 1 : i;
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
