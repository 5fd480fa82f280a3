/** The exact histogram of the chosen layer at the scrubber; special values are counted apart. */
import { useMemo } from "preact/hooks";
import { count, percent, plural } from "../../format";
import { binAt, type Histogram, totalOf } from "../../histograms";
import type { PanelContext } from "../../types";
import { recordAtOrBefore } from "./at";
import { Canvas, type Spot } from "./Canvas";
import { histogramOf } from "./counted";
import { type Axis, linearAxis, logAxis } from "./density";
import { type Context, exact, theme } from "./draw";
import { level } from "./model";
import { AxisChoice } from "./Ridgeline";
import { valueAxis } from "./ridge";
import { shown } from "./settings";
import { type Bar, barAt, barsOf, specialsOf } from "./specials";
import type { TooltipText } from "./Tooltip";
import type { Track } from "./tracks";

interface Props {
  readonly track: Track;
  readonly row: string;
  readonly context: PanelContext;
}

const HEIGHT = 150;
const BOTTOM = 20;

export function HistogramChart({ track, row, context }: Props) {
  const counted = recordAtOrBefore(track.histograms, context.stepIn(track.run));
  const histogram = counted ? histogramOf(counted, level.value, row) : null;
  if (track.histograms.length === 0) return null;
  return (
    <section aria-label="Histogram" data-testid="layers-histogram">
      <h3>Histogram</h3>
      {counted && histogram ? (
        <>
          <p class="mute num">
            {plural(totalOf(histogram), "value")} at step {count(counted.step)}
          </p>
          <Bars histogram={histogram} colour={context.runColour(track.run)} row={row} />
          <Specials histogram={histogram} />
        </>
      ) : (
        <p class="mute">None is recorded of this layer up to here.</p>
      )}
    </section>
  );
}

function Bars(props: {
  readonly histogram: Histogram;
  readonly colour: string;
  readonly row: string;
}) {
  const { histogram, colour, row } = props;
  const fine = histogram.mantissaBits >= 2;
  const linear = fine && shown.histogram.value === "linear";
  const axis = useMemo(
    () => (linear ? linearAxis([histogram]) : logAxis([histogram])),
    [histogram, linear],
  );
  const bars = useMemo(() => barsOf(histogram, axis), [histogram, axis]);
  if (bars.length === 0) return null;
  return (
    <>
      <Canvas
        height={HEIGHT}
        label={`Histogram of ${row}`}
        testId="layers-histogram-canvas"
        draw={(to, width) => paint(to, axis, bars, colour, width)}
        tell={(spot) => told(histogram, axis, bars, spot)}
      />
      <AxisChoice fine={fine} linear={linear} />
    </>
  );
}

function paint(to: Context, axis: Axis, bars: readonly Bar[], colour: string, width: number) {
  const paper = theme();
  const toX = (cell: number) => (cell / axis.cells) * width;
  const highest = Math.max(...bars.map(({ density }) => density), 0) || 1;
  const bottom = HEIGHT - BOTTOM;
  valueAxis(to, axis, toX, { y: bottom + 4, room: width }, paper);
  to.fillStyle = colour;
  for (const { from, upTo, density } of bars) {
    const [left, right] = [toX(from), toX(upTo)];
    const gap = right - left > 3 ? 1 : 0;
    const height = (density / highest) * (bottom - 6);
    to.fillRect(left, bottom - height, Math.max(0.5, right - left - gap), height);
  }
  to.fillStyle = paper.line;
  to.fillRect(0, bottom, width, 1);
}

function told(
  histogram: Histogram,
  axis: Axis,
  bars: readonly Bar[],
  { x, width }: Spot,
): TooltipText | null {
  const bar = barAt(bars, (x / width) * axis.cells);
  if (!bar) return null;
  const first = binAt(bar.bins[0], histogram.mantissaBits);
  const last = binAt(bar.bins[bar.bins.length - 1], histogram.mantissaBits);
  const facts: [string, string][] = [
    ["from", exact(first.low)],
    ["to", exact(last.high)],
    ["count", count(bar.count)],
    ["share", percent(bar.count / totalOf(histogram))],
  ];
  return { title: plural(bar.bins.length, "bin"), facts };
}

function Specials({ histogram }: { readonly histogram: Histogram }) {
  const total = totalOf(histogram);
  return (
    <table class="facts" data-testid="layers-specials">
      <tbody>
        {specialsOf(histogram).map(({ name, count: each }) => (
          <tr key={name} class={name === "zero" || name === "subnormal" ? "" : "bad"}>
            <th scope="row">{name}</th>
            <td data-fact={name}>
              {count(each)} · {percent(each / (total || 1))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
