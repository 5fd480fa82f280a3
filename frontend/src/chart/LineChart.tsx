/** Lines over a shared x axis: hover for exact numbers, drag to zoom, click to go there. */

import { useEffect, useRef, useState } from "preact/hooks";
import { sizedContext, themeColour } from "../ui/canvas";
import { POINTED } from "../ui/pointed";
import { useWidth } from "../ui/size";
import { drawPlot, type Plot, type PlotScales, point, scalesOf, segment } from "./draw";
import { Legend } from "./Legend";
import { allPlaces, isDrawable, type Line, valueAt } from "./line";
import type { Span } from "./scales";

interface Props {
  readonly lines: readonly Line[];
  readonly xLabel: string;
  readonly label: string;
  readonly height: number;
  readonly logarithmic: boolean;
  /** [low, high] of the y axis; left out: as the values need. */
  readonly range?: Span;
  /** Where the scrubber stands on the x axis. */
  readonly cursor: number;
  readonly dark: boolean;
  readonly testId?: string;
  formatX(value: number): string;
  /** Of the axis' ticks; left out: as `formatX`. */
  formatTickX?(value: number): string;
  formatY(value: number): string;
  onPick?(x: number): void;
  /** The chart was zoomed into. */
  onZoom?(from: number, to: number): void;
}

/** Pixels from which on a press is a drag. */
const DRAGGED = 4;

/** What the pointer does, in pixels of the canvas. */
interface Pointer {
  readonly at: number;
  /** Where it was pressed down; null while it is not. */
  readonly from: number | null;
}

export function LineChart(props: Props) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(host);
  const [span, zoom] = useState<Span | undefined>(undefined);
  const [pointer, setPointer] = useState<Pointer | null>(null);
  const [hidden, hide] = useState<ReadonlySet<string>>(new Set());
  const lines = props.lines.filter(({ label }) => !hidden.has(label));
  const plot = plotOf(props, lines, width, span);
  const scales = scalesOf(plot);
  const hovered = pointer && nearest(lines, scales.x.valueAt(pointer.at));
  useEffect(() => {
    if (!canvas.current || width === 0) return;
    const to = sizedContext(canvas.current, width, props.height);
    drawPlot(to, plot);
    if (pointer) drawPointer(to, plot, scales, pointer, hovered);
  });
  const at = (event: PointerEvent) =>
    event.clientX - (event.currentTarget as Element).getBoundingClientRect().left;
  useEffect(() => {
    if (span) props.onZoom?.(...span);
  }, [span]);
  const release = (event: PointerEvent) => {
    const from = pointer?.from ?? null;
    setPointer({ at: at(event), from: null });
    if (from === null) return;
    const [low, high] = [from, at(event)].sort((a, b) => a - b).map(scales.x.valueAt);
    if (Math.abs(at(event) - from) >= DRAGGED) zoom([low, high]);
    else props.onPick?.(scales.x.valueAt(from));
  };
  return (
    <div ref={host} class="chart" data-testid={props.testId}>
      <canvas
        ref={canvas}
        {...POINTED}
        aria-label={props.label}
        onPointerDown={(event) => {
          if (event.isTrusted) event.currentTarget.setPointerCapture(event.pointerId);
          setPointer({ at: at(event), from: at(event) });
        }}
        onPointerMove={(event) => setPointer({ at: at(event), from: pointer?.from ?? null })}
        onPointerUp={release}
        onPointerLeave={() => setPointer(null)}
        onPointerCancel={() => setPointer(null)}
        onDblClick={() => zoom(undefined)}
      />
      <Legend
        {...props}
        hidden={hidden}
        place={hovered ?? props.cursor}
        zoomed={span !== undefined}
        onToggle={(label) => hide(toggled(hidden, label))}
        onWhole={() => zoom(undefined)}
      />
    </div>
  );
}

function plotOf(props: Props, lines: readonly Line[], width: number, span?: Span): Plot {
  const { height, logarithmic, range, cursor, formatX, formatTickX } = props;
  const colours = {
    text: themeColour("--mute"),
    grid: themeColour("--line"),
    cursor: themeColour("--accent"),
  };
  const size = { x: 0, y: 0, width: Math.max(80, width), height };
  return {
    ...size,
    lines,
    logarithmic,
    range,
    span,
    cursor,
    colours,
    formatX: formatTickX ?? formatX,
  };
}

/** Returns the x of `lines` that is nearest to `place`. */
function nearest(lines: readonly Line[], place: number): number | null {
  let found: number | null = null;
  for (const x of allPlaces(lines)) {
    if (found === null || Math.abs(x - place) < Math.abs(found - place)) found = x;
  }
  return found;
}

function toggled(hidden: ReadonlySet<string>, label: string): ReadonlySet<string> {
  const now = new Set(hidden);
  if (!now.delete(label)) now.add(label);
  return now;
}

function drawPointer(
  to: CanvasRenderingContext2D,
  plot: Plot,
  { x, y, inner }: PlotScales,
  pointer: Pointer,
  hovered: number | null,
): void {
  const [, top, , bottom] = inner;
  if (pointer.from !== null && Math.abs(pointer.at - pointer.from) >= DRAGGED) {
    to.fillStyle = plot.colours.cursor;
    to.globalAlpha = 0.18;
    to.fillRect(pointer.from, top, pointer.at - pointer.from, bottom - top);
    to.globalAlpha = 1;
  } else if (hovered !== null) {
    to.strokeStyle = plot.colours.text;
    to.lineWidth = 1;
    segment(to, x.place(hovered), top, x.place(hovered), bottom);
    for (const line of plot.lines) {
      const value = valueAt(line, hovered);
      if (!line.x.includes(hovered) || !isDrawable(value, plot.logarithmic)) continue;
      to.fillStyle = line.colour;
      point(to, x.place(hovered), y.place(value), 3.5);
    }
  }
}
