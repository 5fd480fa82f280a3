/** Word by record: when each word of the sample came to count; a click moves the scrubber. */
import { epochWords } from "../../../moments";
import type { Sample } from "../../../samples";
import type { PanelContext } from "../../../types";
import { sizedContext, themeColour } from "../../../ui/canvas";
import { HoverCanvas, type Place, type Told } from "../HoverCanvas";
import { groundOf } from "../ink";
import { currentLook } from "../look";
import type { Model, Track } from "../model";
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
  const table = epochsOf(text, track, sample.hash, MOST);
  const { run, moments } = text.base.runs.value[track.run];
  const at = text.base.scrubbed.value[track.run];
  const dark = context.dark.value;
  const { diverging } = currentLook(dark);
  if (!table || table.columns.length < 2) return null;
  const columns = table.columns.length;
  return (
    <>
      <h3>
        Over {columns} records
        {table.count > MOST && (
          <small>
            {" "}
            · the largest {MOST} of {table.count} words
          </small>
        )}
      </h3>
      <HoverCanvas
        class="attr-epochs"
        label={`Values of ${table.words.length} words over ${columns} records of ${run}; the scrubber below moves along them`}
        testId="attributions-epochs"
        data={{ "data-columns": columns }}
        paint={(canvas, width) => paint(canvas, width, table, { at, dark, diverging, moments })}
        tell={(place) => tell(table, cellOf(place, columns), track, text.base)}
        pick={(place) => {
          const moment = moments[cellOf(place, columns).column];
          if (moment) context.scrubToRecord(run, moment.step);
        }}
      />
    </>
  );
}

interface Cell {
  readonly column: number;
  readonly row: number;
}

function cellOf({ x, y, width }: Place, columns: number): Cell {
  const column = Math.floor(((x - NAMES) / (width - NAMES)) * columns);
  return { column, row: Math.floor(y / ROW) };
}

function tell(table: Epochs, { column, row }: Cell, track: Track, { runs }: Model): Told | null {
  const { run, moments } = runs.value[track.run];
  const [moment, word] = [moments[column], table.words[row]];
  if (!moment || !word) return null;
  const value = table.columns[column]?.[row];
  return {
    title: word.text,
    facts: [
      ["value", value === undefined ? "not recorded" : numberWords(value)],
      ["moment", `${epochWords(moment.epoch)}, step ${moment.step}`],
      ["by", `${track.title}, ${run}`],
    ],
  };
}

interface Painting {
  /** Index of the record that the scrubber stands at. */
  readonly at: number;
  readonly dark: boolean;
  readonly diverging: ReturnType<typeof currentLook>["diverging"];
  readonly moments: readonly { readonly epoch: number }[];
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
  { at, moments }: Painting,
  pitch: number,
): void {
  const bottom = words.length * ROW;
  to.strokeStyle = themeColour("--accent");
  to.lineWidth = 1.5;
  to.strokeRect(NAMES + at * pitch - 1, 0.5, Math.max(2, pitch) + 1, bottom - 1);
  to.fillStyle = themeColour("--mute");
  to.font = to.font.replace("12px", "11px");
  to.fillText(epochWords(moments[0].epoch), NAMES, bottom + FOOT / 2);
  to.textAlign = "right";
  const last = epochWords(moments[columns.length - 1].epoch);
  to.fillText(last, NAMES + columns.length * pitch, bottom + FOOT / 2);
  to.textAlign = "left";
}
