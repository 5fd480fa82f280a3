/** Feature by epoch: how the reasons for one prediction came about. A click goes to the epoch. */
import { niceStep } from "../../../chart/scales";
import { dequantise } from "../../../maps/dequantise";
import { magnitude } from "../../../maps/statistics";
import type { Sample } from "../../../samples";
import type { PanelContext } from "../../../types";
import { Canvas, type Spot } from "../../layers/Canvas";
import { exact, FONT } from "../../layers/draw";
import type { TooltipText } from "../../layers/Tooltip";
import type { Model, Track } from "../model";
import { epochWords } from "../names";
import { isAbsence, mapOf } from "../sources";
import { themeAt } from "../theme";
import { write } from "../write";
import { byMagnitude } from "./breakdown";
import { signedShade } from "./ink";
import type { Reading } from "./readings";

const ROW = 18; // pixels
const FOOT = 18;
const LEFT = 132;
const RIGHT = 6;
const BETWEEN = 30; // pixels from one label of a column to the next

interface Column {
  readonly step: number;
  readonly epoch: number;
  /** By index, of the run's records. */
  readonly moment: number;
  readonly values: Float32Array | null;
}

interface Props {
  readonly context: PanelContext;
  readonly model: Model;
  readonly track: Track;
  readonly sample: Sample;
  readonly reading: Reading;
  readonly most: number;
}

export function Strip({ context, model, track, sample, reading, most }: Props) {
  const run = model.runs.value[track.run];
  const columns = run.moments.map(({ step, epoch }, moment): Column => {
    const source = track.sources[moment];
    const stored = isAbsence(source) ? source : mapOf(source, sample.hash);
    const values = isAbsence(stored) ? null : dequantise(stored).values;
    return { step, epoch, moment, values };
  });
  const rows = byMagnitude(reading.values).slice(0, most);
  const here = model.scrubbed.value[track.run];
  const scene = { columns, rows, reading, here, limit: limitOf(columns), dark: context.dark.value };
  return (
    <Canvas
      height={rows.length * ROW + FOOT}
      label={`Features of sample ${sample.name} by epoch, ${track.title} in ${run.run}`}
      testId="tabular-strip"
      draw={(to, width) => drawStrip(to, width, scene)}
      tell={(spot) => toldOf(scene, spot)}
      onPick={(spot) => {
        const column = columnAt(scene, spot);
        if (column) context.scrubToRecord(run.run, column.step);
      }}
    />
  );
}

interface Scene {
  readonly columns: readonly Column[];
  readonly rows: readonly number[];
  readonly reading: Reading;
  readonly here: number;
  readonly limit: number;
  readonly dark: boolean;
}

function limitOf(columns: readonly Column[]): number {
  return Math.max(0, ...columns.map(({ values }) => (values ? magnitude(values) : 0)));
}

function drawStrip(to: CanvasRenderingContext2D, width: number, scene: Scene): void {
  const { columns, rows, reading, here, limit, dark } = scene;
  const theme = themeAt(to.canvas);
  const cell = (width - LEFT - RIGHT) / columns.length;
  const gap = cell > 6 ? 1 : 0;
  rows.forEach((f, r) => {
    const y = r * ROW;
    write(to, reading.table.features[f].name, 0, y + ROW / 2, FONT, theme.text, LEFT - 8);
    columns.forEach(({ values }, c) => {
      to.fillStyle = values ? signedShade(values[f], limit, dark) : theme.line;
      const height = values ? ROW - 1 : 1;
      to.fillRect(LEFT + c * cell, y + (values ? 0 : ROW / 2), Math.max(1, cell - gap), height);
    });
  });
  const foot = rows.length * ROW;
  to.strokeStyle = theme.line;
  to.strokeRect(LEFT - 0.5, -0.5, columns.length * cell, foot);
  // Round numbers, as far apart as they need.
  const stride = niceStep(Math.max(1, BETWEEN / cell));
  let free = 0; // where the last label ends
  columns.forEach(({ epoch }, c) => {
    const words = epoch < 0 ? "init" : `${epoch}`;
    const left = Math.min(LEFT + c * cell + 1, width - RIGHT - 6 * words.length);
    const told = epoch === columns[c - 1]?.epoch;
    if (told || left < free || (epoch >= 0 && epoch % stride !== 0)) return;
    free = write(to, words, left, foot + FOOT / 2, FONT, theme.mute) + 4;
  });
  if (here < 0) return;
  to.strokeStyle = theme.accent;
  to.lineWidth = 2;
  to.strokeRect(LEFT + here * cell - 0.5, 1, Math.max(2, cell), foot - 2);
}

function columnAt({ columns }: Scene, { x, width }: Spot): Column | null {
  if (x < LEFT) return null;
  const cell = (width - LEFT - RIGHT) / columns.length;
  return columns[Math.floor((x - LEFT) / cell)] ?? null;
}

function toldOf(scene: Scene, spot: Spot): TooltipText | null {
  const { rows, reading } = scene;
  const [f, column] = [rows[Math.floor(spot.y / ROW)], columnAt(scene, spot)];
  if (f === undefined || !column) return null;
  const { name } = reading.table.features[f];
  const value = column.values?.[f];
  const words = value === undefined ? "not recorded" : `${exact(value)} ${reading.source.unit}`;
  return {
    title: name,
    facts: [
      ["attribution", words],
      ["moment", `${epochWords(column.epoch)}, step ${column.step}`],
    ],
  };
}
