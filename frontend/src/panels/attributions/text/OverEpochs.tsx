/** Word by record: when each word of the sample came to count; a click moves the scrubber. */
import { useEffect, useRef } from "preact/hooks";
import { epochWords } from "../../../moments";
import type { Sample } from "../../../samples";
import type { PanelContext } from "../../../types";
import { sizedContext, themeColour } from "../../../ui/canvas";
import { useWidth } from "../../../ui/size";
import { note } from "../HoverNote";
import { groundOf } from "../ink";
import { currentLook } from "../look";
import type { Track } from "../model";
import { numberWords } from "../names";
import { fit } from "../write";
import { type Epochs, epochsOf } from "./epochs";
import type { TextModel } from "./model";

const MOST = 40; // words
const ROW = 15; // pixels
const NAMES = 92; // pixels
const FOOT = 16; // pixels

interface Props {
  readonly context: PanelContext;
  readonly text: TextModel;
  readonly sample: Sample;
  readonly track: Track;
}

export function OverEpochs({ context, text, sample, track }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(host);
  const table = epochsOf(text, track, sample.hash, MOST);
  const run = text.base.runs.value[track.run];
  const at = text.base.scrubbed.value[track.run];
  const dark = context.dark.value;
  const { diverging } = currentLook(dark);
  useEffect(() => {
    if (canvas.current && table && width > 0) {
      paint(canvas.current, width, table, { at, dark, diverging, epochs: run.moments });
    }
  });
  if (!table || table.columns.length < 2) return null;
  const cellOf = (event: PointerEvent | MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const x = (event.clientX - box.left - NAMES) / (box.width - NAMES);
    const column = Math.floor(x * table.columns.length);
    return { column, row: Math.floor((event.clientY - box.top) / ROW) };
  };
  const onMove = (event: PointerEvent) => {
    const { column, row } = cellOf(event);
    const [moment, word] = [run.moments[column], table.words[row]];
    if (!moment || !word) {
      note.value = null;
      return;
    }
    const value = table.columns[column]?.[row];
    const words = value === undefined ? "not recorded" : numberWords(value);
    note.value = {
      title: word.text,
      facts: [
        ["value", words],
        ["moment", `${epochWords(moment.epoch)}, step ${moment.step}`],
        ["by", `${track.title}, ${run.run}`],
      ],
      clientX: event.clientX,
      clientY: event.clientY,
    };
  };
  return (
    <>
      <h3>
        Over {run.moments.length} records
        {table.count > MOST && (
          <small>
            {" "}
            · {MOST} of {table.count} words, the largest
          </small>
        )}
      </h3>
      <div ref={host} class="attr-epochs">
        <canvas
          ref={canvas}
          role="img"
          aria-label={`Values of ${table.words.length} words over ${run.moments.length} records of ${run.run}; the scrubber below moves along them`}
          data-testid="attributions-epochs"
          data-columns={table.columns.length}
          onPointerMove={onMove}
          onPointerLeave={() => {
            note.value = null;
          }}
          onClick={(event) => {
            const moment = run.moments[cellOf(event).column];
            if (moment) context.scrubToRecord(run.run, moment.step);
          }}
        />
      </div>
    </>
  );
}

interface Painting {
  /** Index of the record that the scrubber stands at. */
  readonly at: number;
  readonly dark: boolean;
  readonly diverging: ReturnType<typeof currentLook>["diverging"];
  readonly epochs: readonly { readonly epoch: number }[];
}

function paint(canvas: HTMLCanvasElement, width: number, table: Epochs, look: Painting): void {
  const height = table.words.length * ROW + FOOT;
  const to = sizedContext(canvas, width, height);
  const pitch = (width - NAMES) / table.columns.length;
  to.font = `12px ${getComputedStyle(canvas).fontFamily}`;
  to.textBaseline = "middle";
  table.words.forEach((word, row) => {
    to.fillStyle = themeColour(word.special ? "--mute" : "--text");
    to.fillText(fit(to, word.text, NAMES - 8), 0, row * ROW + ROW / 2);
  });
  table.columns.forEach((values, column) => {
    for (let row = 0; row < table.words.length; row++) {
      const share = values ? values[row] / (table.peak || 1) : Number.NaN;
      const ground = groundOf(share, look.diverging, look.dark);
      to.fillStyle = ground ? `rgb(${ground.join(" ")})` : themeColour("--ground");
      const gap = pitch > 4 ? 1 : 0;
      to.fillRect(NAMES + column * pitch, row * ROW, Math.max(1, pitch - gap), ROW - 1);
    }
  });
  paintFrame(to, table, look, pitch);
}

/** The scrubbed column's frame, and the epochs at both ends. */
function paintFrame(
  to: CanvasRenderingContext2D,
  { words, columns }: Epochs,
  { at, epochs }: Painting,
  pitch: number,
): void {
  const bottom = words.length * ROW;
  to.strokeStyle = themeColour("--accent");
  to.lineWidth = 1.5;
  to.strokeRect(NAMES + at * pitch - 1, 0.5, Math.max(2, pitch) + 1, bottom - 1);
  to.fillStyle = themeColour("--mute");
  to.font = to.font.replace("12px", "11px");
  to.fillText(epochWords(epochs[0].epoch), NAMES, bottom + FOOT / 2);
  to.textAlign = "right";
  const last = epochWords(epochs[columns.length - 1].epoch);
  to.fillText(last, NAMES + columns.length * pitch, bottom + FOOT / 2);
  to.textAlign = "left";
}
