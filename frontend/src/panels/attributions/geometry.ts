/** Where tiles are, as JSON on the canvas: for browser tests and for scripts. */
import { columnLeft, rowTop } from "./layout";
import type { Strip } from "./strip";

/**
 * Returns a JSON object. A tile's upper left corner, in CSS pixels of the scrolled content
 * (subtract the scroller's scrollLeft and scrollTop), is (columns[c].left,
 * blocks[b].top + r * pitchY); its size is tile x tileHeight.
 */
export function geometryOf({ layout, model }: Strip): string {
  const shown = layout.value;
  const columns = Array.from({ length: shown.columns }, (_, c) => ({
    left: columnLeft(shown, c),
    label: model.columns.value[c]?.label ?? "",
  }));
  return JSON.stringify({
    layout: shown.name,
    tile: shown.tile,
    tileHeight: shown.tileHeight,
    pitchY: shown.tileHeight + shown.gap,
    head: shown.head,
    columns,
    blocks: shown.blocks.map((block) => ({ ...block, top: rowTop(shown, block, 0) })),
    tracks: model.tracks.value.map(({ run, method }) => ({
      run: model.runs.value[run].run,
      method,
    })),
    samples: model.samples.value.map(({ hash }) => hash),
  });
}
