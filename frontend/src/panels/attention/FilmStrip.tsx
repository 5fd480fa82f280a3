/** The selected head over training: a row per run, a column per moment, on one canvas. */

import { useEffect, useRef } from "preact/hooks";
import { axis, timeline } from "../../context";
import { count } from "../../format";
import { epochName, recordAt } from "../../moments";
import type { Sample } from "../../samples";
import type { PanelContext } from "../../types";
import { sizedContext, themeColour } from "../../ui/canvas";
import { POINTED } from "../../ui/pointed";
import { useWidth } from "../../ui/size";
import { Raster } from "../attributions/raster";
import { fit } from "../attributions/write";
import { heatPixels } from "./heat";
import { inkFor } from "./ink";
import { layerIndex, type Model } from "./model";
import { isAbsence, type RunRecords, shownIn } from "./records";
import { type StripColumn, spreadIndices, stripColumns } from "./strip";
import { headRow, overGrid, peakOf, smallMap } from "./weights";
import { headName } from "./words";

const TILE = 62; // pixels
const GAP = 4;
const LEFT = 96; // for the names of the runs
const TOP = 20;
const FONT = "11px Roboto, system-ui, sans-serif";

interface Props {
  readonly model: Model;
  readonly sample: Sample;
  readonly context: PanelContext;
}

export function FilmStrip({ model, sample, context }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(host);
  const runs = model.runs.value.filter((run) => showsHead(run, model, sample));
  const all = columnsOf(runs, context);
  const here = all.findLastIndex(({ step }) => step <= context.step.value);
  const most = Math.floor((width - LEFT) / (TILE + GAP));
  const columns = spreadIndices(all.length, most, here).map((i) => all[i]);
  const head = model.head.value;
  const dark = context.dark.value;
  useEffect(() => {
    if (!canvas.current || width === 0) return;
    const height = TOP + runs.length * (TILE + GAP);
    const to = sizedContext(canvas.current, LEFT + columns.length * (TILE + GAP), height);
    paintTiles(to, { model, sample, runs, columns, dark });
    paintHeads(to, columns, all[here], runs, context);
  });
  const at = (event: MouseEvent): StripColumn | undefined => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return columns[Math.floor((event.clientX - box.left - LEFT) / (TILE + GAP))];
  };
  const left = all.length - columns.length;
  return (
    <section class="card" aria-label="The head over training">
      <div class="title">
        <b>Over training</b>
        <span class="mute clip">
          {head && headName(head.layer, head.head)}
          {left > 0 && ` · ${columns.length} of ${all.length} moments`}
        </span>
      </div>
      <div ref={host}>
        <canvas
          ref={canvas}
          {...POINTED}
          class="at-strip"
          aria-label={`The selected head at ${columns.length} moments of ${runs.length} runs`}
          data-testid="attention-strip"
          onClick={(event) => {
            const column = at(event);
            if (column) context.step.value = column.step;
          }}
        />
      </div>
    </section>
  );
}

/** Whether any record of `run` has the head in force for `sample`. */
function showsHead(run: RunRecords, model: Model, sample: Sample): boolean {
  const head = model.head.value;
  return run.maps.some((record) => {
    const shown = shownIn(run, record, sample.hash);
    return head !== null && !isAbsence(shown) && layerIndex(shown, head) >= 0;
  });
}

function columnsOf(runs: readonly RunRecords[], context: PanelContext): StripColumn[] {
  return stripColumns(
    context.moments.value,
    runs.map(({ maps }) => maps),
    (run, step) => recordAt(runs[run].maps, timeline.value.stepIn(runs[run].run, step)),
  );
}

interface Drawing {
  readonly model: Model;
  readonly sample: Sample;
  readonly runs: readonly RunRecords[];
  readonly columns: readonly StripColumn[];
  readonly dark: boolean;
}

function paintTiles(to: CanvasRenderingContext2D, drawing: Drawing): void {
  const { runs, columns, model, dark } = drawing;
  const ratio = window.devicePixelRatio || 1;
  const side = Math.round(TILE * ratio);
  const raster = new Raster();
  raster.clear(to.canvas.width, to.canvas.height, 0);
  columns.forEach(({ records }, column) => {
    runs.forEach((_, row) => {
      const record = records[row];
      const map = record && mapIn(drawing, row, record);
      const left = Math.round((LEFT + column * (TILE + GAP)) * ratio);
      const top = Math.round((TOP + row * (TILE + GAP)) * ratio);
      const size = { width: side, height: side };
      if (map) raster.put(heatPixels(map, size, inkFor(model, dark, peakOf(map))), size, left, top);
    });
  });
  raster.paint(to);
}

function mapIn(
  { model, sample, runs }: Drawing,
  row: number,
  record: Parameters<typeof shownIn>[1],
) {
  const head = model.head.value;
  const shown = shownIn(runs[row], record, sample.hash);
  if (isAbsence(shown) || !head) return null;
  const layer = layerIndex(shown, head);
  if (layer < 0) return null;
  const { grid, prefix } = shown;
  return model.view.value === "picture" && grid
    ? overGrid(headRow(shown, layer, head.head, model.query.value), prefix, grid)
    : smallMap(shown, layer, head.head);
}

function paintHeads(
  to: CanvasRenderingContext2D,
  columns: readonly StripColumn[],
  here: StripColumn | undefined,
  runs: readonly RunRecords[],
  context: PanelContext,
): void {
  to.font = FONT;
  to.textBaseline = "middle";
  to.textAlign = "center";
  columns.forEach((column, i) => {
    const x = LEFT + i * (TILE + GAP);
    const scrubbed = column === here;
    to.fillStyle = themeColour(scrubbed ? "--accent-text" : "--mute");
    const byStep = axis.value === "step" && column.epoch >= 0;
    to.fillText(byStep ? count(column.step) : epochName(column.epoch), x + TILE / 2, TOP / 2);
    to.lineWidth = scrubbed ? 2 : 1;
    to.strokeStyle = themeColour(scrubbed ? "--accent" : "--line");
    runs.forEach((_, row) => {
      if (!column.records[row]) return;
      const y = TOP + row * (TILE + GAP);
      to.strokeRect(x - 0.5, y - 0.5, TILE + 1, TILE + 1);
    });
  });
  to.textAlign = "left";
  to.fillStyle = themeColour("--mute");
  to.fillText(axis.value, 0, TOP / 2);
  runs.forEach(({ run }, row) => {
    const y = TOP + row * (TILE + GAP) + TILE / 2;
    to.fillStyle = context.runColour(run);
    to.beginPath();
    to.arc(5, y, 4, 0, 2 * Math.PI);
    to.fill();
    to.fillStyle = themeColour("--text");
    to.fillText(fit(to, run, LEFT - 22), 14, y);
  });
}
