/** Where tiles are, as JSON on the canvas: for browser tests and for scripts. */
import { columnLeft, rowTop } from "./layout";
import type { Strip } from "./strip";

/**
 * Returns a JSON object. A tile's upper left corner, in CSS pixels of the scrolled content
 * (subtract the scroller's scrollLeft and scrollTop), is (columns[c].left,
 * blocks[b].top + r * pitchY); its size is tile x tileHeight. Where `group` is less than the
 * number of columns, groups of them stand beside one another: group g of a block is about the
 * block's `track` + g, or its `sample` + g.
 */
export function geometryOf({ layout, model }: Strip): string {
  const shown = layout.value;
  const columns = Array.from({ length: shown.columns }, (_, c) => ({
    left: columnLeft(shown, c),
    label: model.columns.value[c % shown.group]?.label ?? "",
  }));
  return JSON.stringify({
    layout: shown.name,
    tile: shown.tile,
    tileHeight: shown.tileHeight,
    pitchY: shown.tileHeight + shown.gap,
    head: shown.head,
    group: shown.group,
    columns,
    blocks: shown.blocks.map((block) => ({ ...block, top: rowTop(shown, block, 0) })),
    tracks: model.tracks.value.map(({ run, method }) => ({
      run: model.runs.value[run].run,
      method,
    })),
    samples: model.samples.value.map(({ hash }) => hash),
  });
}
