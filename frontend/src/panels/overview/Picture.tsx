/** One drawing of a record, as wide as its place, with exact figures under the pointer. */

import { useEffect, useRef } from "preact/hooks";
import { pack } from "../../maps/colormaps";
import { sizedContext, themeColour } from "../../ui/canvas";
import { POINTED } from "../../ui/pointed";
import { useWidth } from "../../ui/size";
import type { Drawing, Theme } from "./drawing";

interface Props {
  readonly drawing: Drawing;
  readonly colour: string;
  readonly dark: boolean;
  readonly testId: string;
  /** Says what is under the pointer; null: nothing. */
  say(words: string | null): void;
}

export function Picture({ drawing, colour, dark, testId, say }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(host);
  useEffect(() => {
    if (!canvas.current || width === 0) return;
    const height = Math.round(width * drawing.aspect);
    drawing.draw(sizedContext(canvas.current, width, height), width, height, themeOf(colour, dark));
  }, [drawing, width, colour, dark]);
  return (
    <figure class="ov-picture">
      <figcaption class="row">
        <b>{drawing.title}</b>
        <span class="mute clip num" title={drawing.caption}>
          {drawing.caption}
        </span>
      </figcaption>
      <div ref={host}>
        <canvas
          ref={canvas}
          {...POINTED}
          aria-label={`${drawing.title}: ${drawing.caption}`}
          data-testid={testId}
          onPointerMove={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            const x = (event.clientX - box.left) / box.width;
            say(drawing.at(x, (event.clientY - box.top) / box.height));
          }}
          onPointerLeave={() => say(null)}
        />
      </div>
    </figure>
  );
}

function themeOf(colour: string, dark: boolean): Theme {
  return {
    dark,
    colour,
    text: themeColour("--text"),
    mute: themeColour("--mute"),
    line: themeColour("--line"),
    ground: dark ? pack([46, 49, 54]) : pack([228, 231, 235]),
  };
}
