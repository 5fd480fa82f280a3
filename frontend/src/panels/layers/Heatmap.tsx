/** One run's statistic: layers down, time across; alerts on a timeline above. */
import { useMemo, useRef, useState } from "preact/hooks";
import { timeline } from "../../context";
import { count, plural } from "../../format";
import { keepOf } from "../../series";
import type { PanelContext } from "../../types";
import { RunName } from "../../ui/RunName";
import { zoomAround, zoomTo } from "./actions";
import { Canvas, type Spot } from "./Canvas";
import { ColourBar } from "./ColourBar";
import { theme } from "./draw";
import type { Grid } from "./grid";
import {
  type HeatLayout,
  type HeatScene,
  heatLayout,
  type PlacedAlert,
  paintHeat,
  placeAt,
} from "./heat";
import { cellImage } from "./image";
import {
  alerts,
  colourScale,
  grids,
  hasTwin,
  isOf,
  layer,
  logarithmic,
  readingAt,
  rowOf,
  rows,
  statistic,
  tracks,
} from "./model";
import { drawnEntries, entriesOf, span } from "./placement";
import { pick, told } from "./pointing";
import { shown } from "./settings";
import { statisticTitle } from "./tables";
import { recordedStep, type Track } from "./tracks";

interface Props {
  readonly track: Track;
  readonly context: PanelContext;
}

export function Heatmap({ track, context }: Props) {
  const grid = grids.value.get(track);
  if (!grid || !statistic.value) return null;
  const drawn = rows.value.length;
  return (
    <article class="card ly-heat" aria-label={track.run} data-testid="layers-heat">
      <div class="title">
        <span class="dot" style={{ background: context.runColour(track.run) }} />
        <b>
          <RunName run={track.run} />
        </b>
        <span class="mute clip">
          {hasTwin(track) && `${track.monitor} · `}
          {statisticTitle(statistic.value)}, {logarithmic.value ? "log" : "linear"} scale ·{" "}
          {plural(drawn, "row")} × {recordWords(track)}
        </span>
        <ColourBar scale={colourScale(track)} dark={context.dark.value} />
      </div>
      <Cells track={track} grid={grid} context={context} />
    </article>
  );
}

/** How many records are drawn, and of how many that were written where the others are gone. */
function recordWords({ readings, newest }: Track): string {
  const kept = keepOf(newest.fields) !== null && newest.written > readings.length;
  if (kept) return `${count(readings.length)} of ${count(newest.written)} records`;
  return plural(readings.length, "record");
}

/** The alerts of a track, with where they lie. */
function placedAlerts(track: Track): PlacedAlert[] {
  const placeOf = (step: number) => timeline.value.placeOf(track.run, recordedStep(track, step));
  return alerts.value
    .filter((alert) => isOf(alert, track))
    .map((alert) => ({
      alert,
      place: placeOf(alert.since),
      end: alert.cleared === null ? null : placeOf(alert.cleared),
      row: rowOf(alert.layer),
    }));
}

/** Returns what a heatmap of `track` shows, but not yet where. */
function shownOf(track: Track): Omit<HeatScene, "layout" | "image" | "theme"> {
  const entries = entriesOf(track);
  const reading = readingAt(track);
  return {
    rows: rows.value,
    entries,
    span: span.value,
    here: entries.findIndex(({ index }) => index >= 0 && index === reading),
    selected: layer.value,
    alerts: placedAlerts(track),
    dragged: null,
  };
}

/** Returns the place of everything in `width` pixels. */
function layoutOf(width: number): HeatLayout {
  return heatLayout(width, rows.value, tracks.value.length);
}

function Cells({ track, grid, context }: Props & { readonly grid: Grid }) {
  const [dragged, setDragged] = useState<HeatScene["dragged"]>(null);
  const image = useCellImage(track, grid, context.dark.value);
  const scene = useRef<HeatScene | null>(null);
  // Read while rendering, so that whatever changes in it draws the heatmap anew.
  const now = { ...shownOf(track), dragged };
  const draw = (to: CanvasRenderingContext2D, width: number) => {
    const layout = layoutOf(width);
    scene.current = { ...now, layout, image: image(layout.width), theme: theme() };
    paintHeat(to, scene.current);
  };
  const drag = (from: Spot, to: Spot, done: boolean) => {
    setDragged(done ? null : [from.x, to.x]);
    if (!done || !scene.current) return;
    const { layout } = scene.current;
    const [a, b] = [from.x, to.x].sort((x, y) => x - y);
    zoomTo(placeAt(layout, now.span, a), placeAt(layout, now.span, b));
  };
  return (
    <Canvas
      height={layoutOf(400).height}
      label={`${statistic.value?.label} of each layer over time in ${track.run}`}
      testId="layers-cells"
      draw={draw}
      tell={(spot) => scene.current && told(track, grid, scene.current, spot)}
      onPick={(spot) => scene.current && pick(track, scene.current, spot)}
      onDrag={drag}
      onZoom={(spot, factor) => {
        if (!scene.current) return;
        zoomAround(placeAt(scene.current.layout, scene.current.span, spot.x), factor);
      }}
      onReset={() => {
        shown.zoom.value = null;
      }}
    />
  );
}

/** Returns what draws the cells at a width, again only when they have changed. */
function useCellImage(track: Track, grid: Grid, dark: boolean) {
  const [drawn, now, scale] = [rows.value, span.value, colourScale(track)];
  return useMemo(() => {
    let kept: HTMLCanvasElement | null = null;
    const entries = drawnEntries(track);
    return (width: number) => {
      const pixels = Math.round(width * devicePixelRatio);
      if (kept?.width === pixels) return kept;
      const start = performance.now();
      kept = cellImage({ grid, rows: drawn, entries, span: now, scale, dark }, pixels);
      performance.measure("tb-explain:layers-cells", { start, end: performance.now() });
      return kept;
    };
  }, [grid, drawn, now, scale, dark, timeline.value]);
}
