/** A card per sample, with its tiles drawn on the one canvas of the panel. */
import { useEffect, useRef } from "preact/hooks";
import { useRowWindow } from "../../../ui/row-window";
import { view as wanted } from "../../../view";
import type { Source } from "../../attributions/sources";
import { pairs } from "../model";
import { shown } from "../settings";
import { Card } from "./Card";
import { keepFlickering } from "./flicker";
import { type Grid, gridOf } from "./grid";
import { Legend } from "./Legend";
import { picturedNow } from "./pictured";
import { Tiles } from "./Tiles";

const AROUND = 1; // rows of cards drawn beyond the view: each holds many tiles
const LEGEND = 60; // pixels at the bottom that the legend may hide

const aspectOf = ({ probe }: Source) => probe.height / Math.max(1, probe.width);

export function ImageGrid() {
  const body = useRef<HTMLDivElement>(null);
  const width = useRef(0);
  const pictured = picturedNow();
  const all = pairs.value;
  useEffect(keepFlickering, []);
  const aspect = pictured ? aspectOf(pictured.a) : 1;
  const guess = gridOf(width.current || 700, shown.mode.value, all.length, aspect);
  const view = useRowWindow(body, guess.rows, guess.pitch, AROUND);
  width.current = view.width;
  const grid = gridOf(view.width || 700, shown.mode.value, all.length, aspect);
  useEffect(() => keepInView(body, grid), [wanted.sample.value]);
  const [first, end] = [view.first * grid.columns, view.last * grid.columns];
  const cards = view.width > 0 ? all.slice(first, end) : [];
  return (
    <>
      <div
        ref={body}
        class="cmp-grid"
        data-testid="compare-grid"
        data-columns={grid.columns}
        style={{ height: `${grid.rows * grid.pitch}px` }}
      >
        {cards.map((pair, i) => (
          <Card key={pair.sample.hash} pair={pair} index={first + i} grid={grid} of={pictured} />
        ))}
        {pictured && <Tiles {...{ grid, pictured, first, end }} />}
      </div>
      {pictured && <Legend of={pictured} />}
    </>
  );
}

/** Brings the card in depth into view when another one is chosen. */
function keepInView(body: { readonly current: HTMLElement | null }, grid: Grid): void {
  const index = pairs.peek().findIndex(({ sample }) => sample.hash === wanted.sample.peek());
  const scroller = body.current?.closest(".main");
  if (index < 0 || !scroller || !body.current) return;
  const view = scroller.getBoundingClientRect();
  const row = Math.floor(index / grid.columns);
  const top = body.current.getBoundingClientRect().top + row * grid.pitch;
  const below = top + grid.pitch + LEGEND - view.bottom;
  if (top < view.top) scroller.scrollBy({ top: top - view.top - 8 });
  else if (below > 0) scroller.scrollBy({ top: below });
}
