/** Record by point: when each stretch of the sample came to count; a click moves the scrubber. */
import { useEffect, useRef } from "preact/hooks";
import { dequantise } from "../../../maps/dequantise";
import { epochWords } from "../../../moments";
import type { Sample } from "../../../samples";
import type { PanelContext } from "../../../types";
import { sizedContext, themeColour } from "../../../ui/canvas";
import { useWidth } from "../../../ui/size";
import { note } from "../HoverNote";
import { groundOf } from "../ink";
import { currentLook } from "../look";
import type { Model, Track } from "../model";
import { numberWords } from "../names";
import { isAbsence, mapOf } from "../sources";
import { fit } from "../write";
import { at } from "./Plot";
import { overChannels, pointWords } from "./signals";

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
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(host);
  const dark = context.dark.value;
  const { diverging } = currentLook(dark);
  const { run, moments } = model.runs.value[track.run];
  const rows = rowsOf(track, sample);
  const pitch = Math.max(ROWS[0], Math.min(ROWS[1], Math.floor(TALLEST / rows.length)));
  const scrubbed = model.scrubbed.value[track.run];
  useEffect(() => {
    if (!canvas.current || width === 0) return;
    const to = sizedContext(canvas.current, width, rows.length * pitch + 1);
    const ground = (share: number) => {
      const colour = groundOf(share, diverging, dark);
      return colour ? `rgb(${colour.join(" ")})` : themeColour("--ground");
    };
    paintRows(to, rows, { left: NAMES, width: width - NAMES, pitch }, ground);
    paintNames(
      to,
      moments.map(({ epoch }) => epochWords(epoch)),
      pitch,
      scrubbed,
    );
    to.strokeStyle = themeColour("--accent");
    to.lineWidth = 1.5;
    to.strokeRect(NAMES, scrubbed * pitch + 0.5, width - NAMES - 1, Math.max(2, pitch));
  });
  if (rows.length < 2) return null;
  const placeOf = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return {
      row: Math.floor((event.clientY - box.top) / pitch),
      x: (event.clientX - box.left - NAMES) / (box.width - NAMES),
    };
  };
  const onMove = (event: PointerEvent) => {
    const { row, x } = placeOf(event);
    const [moment, values] = [moments[row], rows[row]];
    if (!moment || x < 0 || x >= 1) {
      note.value = null;
      return;
    }
    const cell = values ? Math.floor(x * values.length) : 0;
    note.value = {
      title: values ? pointWords(cell, values.length, values.length) : "not recorded",
      facts: [
        ["sum of channels", values ? numberWords(values[cell]) : "–"],
        ["moment", `${epochWords(moment.epoch)}, step ${moment.step}`],
        ["by", `${track.title}, ${run}`],
      ],
      ...at(event),
    };
  };
  return (
    <>
      <h3>Over {rows.length} records, channels summed</h3>
      <div ref={host} class="attr-epochs">
        <canvas
          ref={canvas}
          role="img"
          aria-label={`Attribution of ${run} over ${rows.length} records; the scrubber below moves along them`}
          data-testid="attributions-epochs"
          data-rows={rows.length}
          data-pitch={pitch}
          onPointerMove={onMove}
          onPointerLeave={() => {
            note.value = null;
          }}
          onClick={(event) => {
            const moment = moments[placeOf(event).row];
            if (moment) context.scrubToRecord(run, moment.step);
          }}
        />
      </div>
    </>
  );
}

/** Returns the sums over channels at each record; null where none is recorded. */
function rowsOf({ sources }: Track, { hash }: Sample): (Float32Array | null)[] {
  return sources.map((source) => {
    const stored = isAbsence(source) ? source : mapOf(source, hash);
    if (isAbsence(stored)) return null;
    const { values, height, width } = dequantise(stored);
    return overChannels(values, height, width);
  });
}

interface Place {
  readonly left: number;
  readonly width: number;
  readonly pitch: number;
}

function paintRows(
  to: CanvasRenderingContext2D,
  rows: readonly (Float32Array | null)[],
  { left, width, pitch }: Place,
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
