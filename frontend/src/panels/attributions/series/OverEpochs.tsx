/** Record by point: when each stretch of the sample came to count; a click moves the scrubber. */
import { dequantise } from "../../../maps/dequantise";
import { epochWords } from "../../../moments";
import type { Sample } from "../../../samples";
import type { PanelContext } from "../../../types";
import { sizedContext, themeColour } from "../../../ui/canvas";
import { HoverCanvas, type Place, type Told } from "../HoverCanvas";
import { groundOf } from "../ink";
import { currentLook } from "../look";
import type { Model, Track } from "../model";
import { numberWords } from "../names";
import { isAbsence, mapOf } from "../sources";
import { fit } from "../write";
import { overChannels, pointsOf, pointWords } from "./signals";

const TALLEST = 300; // pixels
const ROWS = [2, 14] as const; // pixels of a record
const NAMES = 64; // pixels
const LEGIBLE = 11; // pixels of a row that a name fits into

interface Props {
  readonly context: PanelContext;
  readonly model: Model;
  readonly track: Track;
  readonly sample: Sample;
}

export function OverEpochs({ context, model, track, sample }: Props) {
  const dark = context.dark.value;
  const { diverging } = currentLook(dark);
  const { run, moments } = model.runs.value[track.run];
  const rows = rowsOf(track, sample);
  const pitch = Math.max(ROWS[0], Math.min(ROWS[1], Math.floor(TALLEST / rows.length)));
  const look = { dark, diverging, pitch, scrubbed: model.scrubbed.value[track.run] };
  const names = moments.map(({ epoch }) => epochWords(epoch));
  if (rows.length < 2) return null;
  return (
    <>
      <h3>Over {rows.length} records, channels summed</h3>
      <HoverCanvas
        class="attr-epochs"
        label={`Attribution of ${run} over ${rows.length} records; the scrubber below moves along them`}
        testId="attributions-epochs"
        data={{ "data-rows": rows.length, "data-pitch": pitch }}
        paint={(canvas, width) => paint(canvas, width, { rows, names }, look)}
        tell={(place) => tell(rows, Math.floor(place.y / pitch), place, track, model)}
        pick={({ y }) => {
          const moment = moments[Math.floor(y / pitch)];
          if (moment) context.scrubToRecord(run, moment.step);
        }}
      />
    </>
  );
}

function tell(
  rows: Rows,
  row: number,
  { x, width }: Place,
  track: Track,
  { runs }: Model,
): Told | null {
  const { run, moments } = runs.value[track.run];
  const [moment, values] = [moments[row], rows[row]];
  const share = (x - NAMES) / (width - NAMES);
  if (!moment || share < 0 || share >= 1) return null;
  const cell = values ? Math.floor(share * values.length) : 0;
  const source = track.sources[row];
  const points = values && source && !isAbsence(source) ? pointsOf(source.probe, values.length) : 0;
  return {
    title: values ? pointWords(cell, values.length, points) : "not recorded",
    facts: [
      ["sum of channels", values ? numberWords(values[cell]) : "–"],
      ["moment", `${epochWords(moment.epoch)}, step ${moment.step}`],
      ["by", `${track.title}, ${run}`],
    ],
  };
}

/** Sums over channels, by record; null where none is recorded. */
type Rows = readonly (Float32Array | null)[];

/** Returns the sums over channels at each record; null where none is recorded. */
function rowsOf({ sources }: Track, { hash }: Sample): Rows {
  return sources.map((source) => {
    const stored = isAbsence(source) ? source : mapOf(source, hash);
    if (isAbsence(stored)) return null;
    const { values, height, width } = dequantise(stored);
    return overChannels(values, height, width);
  });
}

interface Look {
  readonly dark: boolean;
  readonly diverging: ReturnType<typeof currentLook>["diverging"];
  /** Of a record, in pixels. */
  readonly pitch: number;
  /** Index of the record that the scrubber stands at. */
  readonly scrubbed: number;
}

interface Strip {
  readonly rows: Rows;
  readonly names: readonly string[];
}

function paint(canvas: HTMLCanvasElement, width: number, { rows, names }: Strip, look: Look): void {
  const { dark, diverging, pitch, scrubbed } = look;
  const to = sizedContext(canvas, width, rows.length * pitch + 1);
  const ground = (share: number) => {
    const colour = groundOf(share, diverging, dark);
    return colour ? `rgb(${colour.join(" ")})` : themeColour("--ground");
  };
  paintRows(to, rows, { left: NAMES, width: width - NAMES, pitch }, ground);
  paintNames(to, names, pitch, scrubbed);
  to.strokeStyle = themeColour("--accent");
  to.lineWidth = 1.5;
  to.strokeRect(NAMES, scrubbed * pitch + 0.5, width - NAMES - 1, Math.max(2, pitch));
}

interface Bounds {
  readonly left: number;
  readonly width: number;
  readonly pitch: number;
}

function paintRows(
  to: CanvasRenderingContext2D,
  rows: Rows,
  { left, width, pitch }: Bounds,
  ground: (share: number) => string,
): void {
  const peak = rows.reduce((most, row) => {
    return row
      ? row.reduce((a, b) => (Math.abs(b) < Infinity ? Math.max(a, Math.abs(b)) : a), most)
      : most;
  }, 0);
  rows.forEach((row, r) => {
    const cells = row?.length ?? 1;
    for (let i = 0; i < cells; i++) {
      to.fillStyle = ground(row ? row[i] / (peak || 1) : Number.NaN);
      const from = Math.floor(left + (i * width) / cells);
      const until = Math.ceil(left + ((i + 1) * width) / cells);
      to.fillRect(from, r * pitch, until - from, pitch > 4 ? pitch - 1 : pitch);
    }
  });
}

/** Names every record that there is room for, and always the scrubbed one. */
function paintNames(
  to: CanvasRenderingContext2D,
  names: readonly string[],
  pitch: number,
  scrubbed: number,
): void {
  const every = Math.max(1, Math.ceil(LEGIBLE / pitch));
  to.font = `11px ${getComputedStyle(to.canvas).fontFamily}`;
  to.textBaseline = "middle";
  names.forEach((name, r) => {
    const crowded = Math.abs(r - scrubbed) < every;
    if (r !== scrubbed && (crowded || r % every !== 0)) return;
    to.fillStyle = themeColour(r === scrubbed ? "--accent-text" : "--mute");
    to.fillText(fit(to, name, NAMES - 6), 0, r * pitch + pitch / 2);
  });
}
