/** A canvas as wide as its place, with figures where the pointer is. */

import { useEffect, useRef } from "preact/hooks";
import { POINTED } from "../../ui/pointed";
import { useWidth } from "../../ui/size";
import { type Note, note } from "./HoverNote";

/** Where the pointer is, and how wide the canvas, in CSS pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

export type Told = Pick<Note, "title" | "facts">;

interface Props {
  readonly class: string;
  readonly label: string;
  readonly testId?: string;
  /** Attributes that tests read, such as "data-rows". */
  readonly data?: Readonly<Record<string, number>>;
  /** Draws all of it, whenever what it is drawn from may have changed. */
  paint(canvas: HTMLCanvasElement, width: number): void;
  /** Returns what is at a place. */
  tell(place: Place): Told | null;
  pick?(place: Place): void;
}

export function HoverCanvas({ class: name, label, testId, data, paint, tell, pick }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(host);
  useEffect(() => {
    if (canvas.current && width > 0) paint(canvas.current, width);
  });
  const onMove = (event: PointerEvent) => {
    const { clientX, clientY } = event;
    const told = tell(placeOf(event));
    note.value = told && { ...told, clientX, clientY };
  };
  return (
    <div ref={host} class={name}>
      <canvas
        ref={canvas}
        {...POINTED}
        aria-label={label}
        data-testid={testId}
        {...data}
        onPointerMove={onMove}
        onPointerLeave={() => {
          note.value = null;
        }}
        onClick={pick && ((event) => pick(placeOf(event)))}
      />
    </div>
  );
}

function placeOf(event: MouseEvent): Place {
  const { left, top, width } = (event.currentTarget as Element).getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top, width };
}
