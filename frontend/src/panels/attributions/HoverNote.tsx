/** Exact figures of what the pointer is over, beside it. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { PanelContext } from "../../types";
import type { Fact } from "./facts";

export interface Note {
  readonly title: string;
  readonly facts: readonly Fact[];
  /** Of the pointer, in the page. */
  readonly clientX: number;
  readonly clientY: number;
}

/** What the pointer is over: there is one pointer. */
export const note = signal<Note | null>(null);

const WIDTH = 300; // pixels, as in style.css
const HEIGHT = 190; // pixels it may need

export function HoverNote({ context }: { context: PanelContext }) {
  const below = `${context.step.value} ${context.sample.value}`;
  useEffect(() => {
    // What it told of is no longer there.
    if (below) note.value = null;
  }, [below]);
  if (!note.value) return null;
  const { title, facts, clientX, clientY } = note.value;
  const left = clientX + 18 + WIDTH > innerWidth ? clientX - 18 - WIDTH : clientX + 18;
  const top = Math.max(0, Math.min(clientY + 14, innerHeight - HEIGHT));
  return (
    <div
      class="tooltip"
      role="tooltip"
      data-testid="attributions-note"
      style={{ left: `${Math.max(0, left)}px`, top: `${top}px` }}
    >
      <b>{title}</b>
      <table class="facts">
        <tbody>
          {facts.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td data-fact={name}>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
