/** Lines over a shared x axis: hover for exact numbers, drag to zoom, click to go there. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { themeColour } from "../ui/canvas";
import { alignLines, type Line } from "./align";

interface Props {
  readonly lines: readonly Line[];
  readonly xLabel: string;
  readonly label: string;
  readonly height: number;
  readonly logarithmic: boolean;
  /** [low, high] of the y axis; left out: as the values need. */
  readonly range?: readonly [number, number];
  /** Where the scrubber stands on the x axis. */
  readonly cursor: number;
  readonly dark: boolean;
  readonly testId?: string;
  formatX(value: number): string;
  /** Of the axis' ticks; left out: as `formatX`. */
  formatTickX?(value: number): string;
  formatY(value: number): string;
  onPick?(x: number): void;
}

export function LineChart(props: Props) {
  const host = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  const chart = useRef<uPlot | null>(null);
  latest.current = props;
  const shape = JSON.stringify([
    props.lines.map(({ label, colour }) => [label, colour]),
    [props.xLabel, props.logarithmic, props.dark, props.height, props.range],
  ]);
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const plot = new uPlot(optionsFor(latest, element.clientWidth), data(latest.current), element);
    chart.current = plot;
    const resized = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: latest.current.height }),
    );
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
  }, [shape]);
  useEffect(() => chart.current?.setData(data(latest.current)), [props.lines]);
  useEffect(() => {
    chart.current?.redraw(false);
    if (chart.current) showScrubber(chart.current, latest);
  }, [props.cursor, props.lines, shape]);
  return (
    <div ref={host} class="chart" role="img" aria-label={props.label} data-testid={props.testId} />
  );
}

/** Steps and epochs are whole numbers, and so are the distances of their ticks. */
const WHOLE = [1, 10, 100, 1e3, 1e4, 1e5, 1e6].flatMap((size) => [size, 2 * size, 5 * size]);

type Latest = { readonly current: Props };

function data({ lines, logarithmic }: Props): uPlot.AlignedData {
  return alignLines(lines, logarithmic) as uPlot.AlignedData;
}

function optionsFor(latest: Latest, width: number): uPlot.Options {
  const { lines, height, logarithmic, range, xLabel, formatX, formatY } = latest.current;
  const formatTickX = latest.current.formatTickX ?? formatX;
  const axis: uPlot.Axis = {
    stroke: themeColour("--mute"),
    font: "11px Roboto, system-ui, sans-serif",
    grid: { stroke: themeColour("--line"), width: 1 },
    ticks: { stroke: themeColour("--line"), width: 1, size: 4 },
  };
  return {
    width,
    height,
    scales: {
      x: { time: false },
      y: logarithmic ? { distr: 3 } : range ? { range: [range[0], range[1]] } : {},
    },
    axes: [
      { ...axis, size: 26, space: 34, incrs: WHOLE, values: (_, ticks) => ticks.map(formatTickX) },
      { ...axis, size: 42, ...(logarithmic ? { values: (_, ticks) => formatTicks(ticks) } : {}) },
    ],
    series: [
      { label: xLabel, value: (_, x) => (x === null ? "–" : formatX(x)) },
      ...lines.map((line) => seriesFor(line, formatY)),
    ],
    legend: { live: true },
    cursor: { drag: { x: true, y: false }, points: { size: 7 } },
    hooks: {
      draw: [(plot) => drawCursor(plot, latest)],
      setCursor: [(plot) => showScrubber(plot, latest)],
      ready: [(plot) => pickOnClick(plot, latest)],
    },
  };
}

/** uPlot gives null for the ticks of a logarithmic axis that stay without a label. */
function formatTicks(ticks: readonly (number | null)[]): string[] {
  return ticks.map((tick) =>
    tick === null ? "" : tick < 0.01 ? tick.toExponential(0) : `${tick}`,
  );
}

function seriesFor({ label, colour, y }: Line, format: Props["formatY"]): uPlot.Series {
  return {
    label,
    stroke: colour,
    width: 2,
    points: { show: y.length <= 40, size: 4, fill: colour },
    value: (_, value) => (value === null || value === undefined ? "–" : format(value)),
  };
}

function drawCursor(plot: uPlot, latest: Latest): void {
  const x = plot.valToPos(latest.current.cursor, "x", true);
  const { left, top, width, height } = plot.bbox;
  if (x < left - 1 || x > left + width + 1) return;
  plot.ctx.save();
  plot.ctx.strokeStyle = themeColour("--accent");
  plot.ctx.lineWidth = uPlot.pxRatio;
  plot.ctx.beginPath();
  plot.ctx.moveTo(x, top);
  plot.ctx.lineTo(x, top + height);
  plot.ctx.stroke();
  plot.ctx.restore();
}

/** Without a pointer over the chart, its legend tells the values at the scrubber. */
function showScrubber(plot: uPlot, latest: Latest): void {
  if ((plot.cursor.left ?? -1) >= 0) return;
  const idx = plot.data[0].findLastIndex((x) => x <= latest.current.cursor);
  plot.setLegend({ idx: Math.max(0, idx) }, false);
}

function pickOnClick(plot: uPlot, latest: Latest): void {
  let pressedAt = 0;
  plot.over.addEventListener("pointerdown", ({ clientX }) => {
    pressedAt = clientX;
  });
  plot.over.addEventListener("click", ({ clientX }) => {
    if (Math.abs(clientX - pressedAt) > 3 || plot.cursor.left === undefined) return;
    latest.current.onPick?.(plot.posToVal(plot.cursor.left, "x"));
  });
}
