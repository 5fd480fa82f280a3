/** The two canvases of the probe table: pictures, which stay in view, and score curves. */

import { computed, useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { along } from "../../along";
import { isHole, trace } from "../../chart/draw";
import { here, timeline } from "../../context";
import { drawFitted, pictureOf, picturesReady } from "../../pictures";
import type { PredictionTrack } from "../../predictions";
import type { PanelContext } from "../../types";
import { sizedContext, themeColour } from "../../ui/canvas";
import { type Curve, curvesOf, type Span, spanOf } from "./curves";
import { tracks } from "./model";
import { PICTURE_WIDTH, ROW_HEIGHT } from "./ProbeTable";
import type { Row } from "./rows";

const PICTURE = 36; // pixels of a thumbnail's side
const MARGIN = 7; // pixels around a curve; twice as many before the next column

/** Worked out once for all rows that show a track. */
const joinsOf = computed(() => {
  const tracked = new Map(
    tracks.value.map((track) => {
      const steps = track.records.map(({ step }) => step);
      return [track, along(track.run, "predictions", steps)];
    }),
  );
  return (track: PredictionTrack) => tracked.get(track);
});

interface Props {
  readonly rows: readonly Row[];
  readonly top: number;
  /** Where the curves begin, and how wide they are. */
  readonly left: number;
  readonly width: number;
  readonly context: PanelContext;
}

export function RowPictures(props: Props) {
  const pictures = useRef<HTMLCanvasElement>(null);
  const curves = useRef<HTMLCanvasElement>(null);
  const { rows, top, left, width, context } = props;
  const ready = picturesReady.value;
  const { dark } = context;
  const span = useComputed(() => spanOf(timeline.value, here.value, joinsOf.value)).value;
  useEffect(() => {
    if (!pictures.current || !curves.current) return;
    const height = Math.max(1, rows.length * ROW_HEIGHT);
    const toPictures = sizedContext(pictures.current, PICTURE_WIDTH, height);
    const toCurves = sizedContext(curves.current, width, height);
    for (const [i, row] of rows.entries()) {
      drawPicture(toPictures, row, i * ROW_HEIGHT);
      drawCurves(toCurves, row, i * ROW_HEIGHT, props, span);
    }
  }, [rows, width, ready, dark.value, span]);
  return (
    <div class="ov-drawings" style={{ top: `${top}px` }} aria-hidden="true">
      <canvas ref={curves} class="ov-curves" style={{ left: `${left}px` }} />
      <canvas ref={pictures} class="ov-pictures" />
    </div>
  );
}

function drawPicture(to: CanvasRenderingContext2D, row: Row, y: number): void {
  const picture = pictureOf(row.sample.picture);
  const inset = (ROW_HEIGHT - PICTURE) / 2;
  if (picture) drawFitted(to, picture, inset, y + inset, PICTURE);
  else drawNoPicture(to, inset, y + inset);
}

function drawCurves(
  to: CanvasRenderingContext2D,
  row: Row,
  y: number,
  props: Props,
  span: Span,
): void {
  const plot = { x: 2, y: y + MARGIN, width: props.width - 2 - 2 * MARGIN };
  const height = ROW_HEIGHT - 2 * MARGIN;
  to.strokeStyle = themeColour("--line");
  to.lineWidth = 1;
  strokeLine(to, plot.x, plot.y + height + 0.5, plot.x + plot.width, plot.y + height + 0.5);
  const here = plot.x + span.here * plot.width;
  to.strokeStyle = themeColour("--accent");
  strokeLine(to, here, plot.y - 2, here, plot.y + height + 2);
  for (const curve of curvesOf(row, span)) {
    to.strokeStyle = to.fillStyle = props.context.runColour(curve.run);
    drawCurve(to, curve, { ...plot, height });
  }
}

function drawNoPicture(to: CanvasRenderingContext2D, x: number, y: number): void {
  to.strokeStyle = themeColour("--line");
  to.lineWidth = 1;
  to.strokeRect(x + 0.5, y + 0.5, PICTURE - 1, PICTURE - 1);
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function drawCurve(to: CanvasRenderingContext2D, { points, bare }: Curve, box: Box): void {
  const shares = points.map(([share]) => share);
  const places = points.map(([across, up]) =>
    Number.isNaN(up)
      ? null
      : ([box.x + across * box.width, box.y + (1 - up) * box.height] as const),
  );
  const isBare = (i: number) => isHole({ x: shares, bare }, i, (share) => share * box.width);
  trace(to, places, isBare, { width: 1.6, dash: [] });
}

function strokeLine(to: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number) {
  to.beginPath();
  to.moveTo(x0, y0);
  to.lineTo(x1, y1);
  to.stroke();
}
