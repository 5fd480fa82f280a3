/** Lines from each token that asks (left) to the tokens it attends to (right). */

import { useEffect, useRef } from "preact/hooks";
import type { PanelContext } from "../../types";
import { sizedContext, themeColour } from "../../ui/canvas";
import { POINTED } from "../../ui/pointed";
import { fit } from "../attributions/write";
import { inkFor } from "./ink";
import { tokenLines } from "./lines";
import type { Model } from "./model";
import type { Shown } from "./records";
import { chosen } from "./settings";
import { isSpecial, tokenLabels } from "./tokens";
import { type HeadMap, peakOf, rowOf } from "./weights";

const LINE = 18; // pixels per token
const FONT = "12px Roboto, system-ui, sans-serif";
const MOST = 400; // tokens: browsers draw no canvas much taller
const WIDEST = 460; // pixels; longer lines are harder to follow

interface Props {
  readonly model: Model;
  readonly shown: Shown;
  readonly map: HeadMap;
  readonly width: number;
  readonly context: PanelContext;
}

export function TokenLines({ model, shown, map, width, context }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const labels = tokenLabels(shown);
  const wanted = [...labels.keys()].filter(
    (i) => !(chosen.special.value && isSpecial(shown.tokens?.[i] ?? "")),
  );
  const places = wanted.slice(0, MOST);
  const size = { width: Math.min(width, WIDEST), height: LINE * (places.length + 1) };
  const hover = model.hover.value;
  const focus = hover?.query ?? chosen.query.value;
  // The lines of a token in focus are seen also where all its weights are small.
  const seen = focus === null ? map : { ...map, values: rowOf(map, focus) };
  const { limit } = inkFor(model, context.dark.value, peakOf(seen));
  useEffect(() => {
    if (!canvas.current) return;
    const to = sizedContext(canvas.current, size.width, size.height);
    paint(to, size.width, {
      map,
      labels,
      places,
      limit,
      focus,
      colour: context.runColour(shown.run),
    });
  }, [map, size.width, places.length, limit, focus, context.dark.value]);
  const at = (event: MouseEvent): number | null => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return places[Math.floor((event.clientY - box.top) / LINE) - 1] ?? null;
  };
  return (
    <>
      <canvas
        ref={canvas}
        {...POINTED}
        aria-label={`Lines between ${places.length} tokens of ${shown.run}`}
        data-testid="attention-lines"
        onPointerMove={(event) => {
          const query = at(event);
          const { clientX: x, clientY: y } = event;
          const hovered = query === null ? null : { run: shown.run, query, key: null, x, y };
          model.hover.value = hovered;
        }}
        onPointerLeave={() => {
          model.hover.value = null;
        }}
        onClick={(event) => {
          const query = at(event);
          chosen.query.value = query === chosen.query.peek() ? null : query;
        }}
      />
      {wanted.length > MOST && (
        <p class="mute">
          The first {MOST} of {wanted.length} tokens.
        </p>
      )}
    </>
  );
}

interface Drawing {
  readonly map: HeadMap;
  readonly labels: readonly string[];
  /** Indices of the tokens drawn, from top to bottom. */
  readonly places: readonly number[];
  readonly limit: number;
  readonly focus: number | null;
  readonly colour: string;
}

function paint(to: CanvasRenderingContext2D, width: number, drawing: Drawing): void {
  const { map, labels, places, limit, focus } = drawing;
  const column = columnWidth(
    to,
    width,
    places.map((place) => labels[place]),
  );
  const yOf = new Map(places.map((place, i) => [place, (i + 1.5) * LINE]));
  to.strokeStyle = drawing.colour;
  to.lineWidth = 2;
  for (const { query, key, opacity } of tokenLines(map, places, limit, focus)) {
    to.globalAlpha = opacity;
    curve(to, column, yOf.get(query) ?? 0, width - column, yOf.get(key) ?? 0);
  }
  to.globalAlpha = 1;
  to.font = FONT;
  to.textBaseline = "middle";
  for (const [place, y] of yOf) {
    to.fillStyle = themeColour(focus === null || focus === place ? "--text" : "--mute");
    write(to, labels[place], column - 8, y, column - 12, "right");
    const weight = focus === null ? 0 : map.values[focus * map.width + place];
    to.fillStyle = themeColour(focus === null || weight > limit / 4 ? "--text" : "--mute");
    write(to, labels[place], width - column + 8, y, column - 12, "left");
  }
  to.fillStyle = themeColour("--mute");
  write(to, "token", column - 8, LINE / 2, column, "right");
  write(to, "reads", width - column + 8, LINE / 2, column, "left");
}

/** As wide as the longest label needs, but never more than leaves room for the lines. */
function columnWidth(to: CanvasRenderingContext2D, width: number, labels: readonly string[]) {
  to.font = FONT;
  const longest = Math.max(0, ...labels.map((label) => to.measureText(label).width));
  return Math.min(Math.ceil(longest) + 16, Math.floor(width / 3));
}

function write(
  to: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  width: number,
  align: "left" | "right",
): void {
  to.textAlign = align;
  to.fillText(fit(to, text, width), x, y);
}

function curve(to: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  const middle = (x0 + x1) / 2;
  to.beginPath();
  to.moveTo(x0, y0);
  to.bezierCurveTo(middle, y0, middle, y1, x1, y1);
  to.stroke();
}
