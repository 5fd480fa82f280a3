/** Buttons over the drawing, for those without a wheel. */
import type { Moves } from "./gestures";

export const STEP = 1.25; // of a zoom by key or button

export function ZoomButtons({ moves }: { readonly moves: Moves }) {
  return (
    <div class="gr-zoom" data-screen-only>
      <button type="button" aria-label="Zoom in" onClick={() => moves.zoom(STEP)}>
        +
      </button>
      <button type="button" aria-label="Zoom out" onClick={() => moves.zoom(1 / STEP)}>
        −
      </button>
      <button type="button" data-testid="graph-whole" onClick={moves.showWhole}>
        whole
      </button>
      <button type="button" data-testid="graph-readable" onClick={moves.showReadable}>
        readable
      </button>
    </div>
  );
}
