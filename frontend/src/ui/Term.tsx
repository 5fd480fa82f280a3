/** A name that says what it means: on hover, on focus, and to screen readers. */
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { define, fetchDefinitions, type Group } from "../glossary/define";

interface Props {
  readonly group: Group;
  readonly name: string;
  /** What is written; "?" stands beside a control whose label names it. */
  readonly label: string;
}

const WIDTH = 300; // pixels, as in the style of all tooltips
const BELOW = 130; // pixels it may need

export function Term({ group, name, label }: Props) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const [at, put] = useState<{ readonly left: string; readonly top: string } | null>(null);
  useEffect(() => void fetchDefinitions(), []);
  const found = define(group, name);
  if (!found) return label === "?" ? null : <span>{label}</span>;
  const show = () => button.current && put(beside(button.current.getBoundingClientRect()));
  const hide = () => put(null);
  return (
    <>
      <button
        ref={button}
        type="button"
        class={`term ${label === "?" ? "mark" : ""}`}
        aria-label={label === "?" ? "What is it?" : undefined}
        aria-describedby={id}
        data-term={`${group}.${name}`}
        onFocus={show}
        onBlur={hide}
        onMouseEnter={show}
        onMouseLeave={hide}
        onClick={show}
        onKeyDown={(event) => {
          if (event.key === "Escape") hide();
        }}
      >
        {label}
      </button>
      <span
        id={id}
        role="tooltip"
        class="tooltip defined"
        data-screen-only
        hidden={!at}
        style={at ?? {}}
      >
        <code>{found.formula}</code>
        <span>{found.meaning}</span>
        {found.source && <span class="mute">{found.source}</span>}
      </span>
    </>
  );
}

function beside({ left, bottom, top }: DOMRect) {
  const within = Math.max(8, Math.min(left, innerWidth - WIDTH - 8));
  const place = bottom + BELOW > innerHeight ? Math.max(8, top - BELOW) : bottom + 6;
  return { left: `${within}px`, top: `${place}px` };
}
