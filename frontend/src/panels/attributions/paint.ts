/** Draws one frame of the film strip: only what is in view. */
import { paintHead, paintTitles } from "./chrome";
import { paintLabels } from "./labels";
import {
  blockBottom,
  columnLeft,
  rowTop,
  type Spot,
  spotOf,
  subjectAt,
  visibleColumns,
  visibleRows,
} from "./layout";
import { predictionOf } from "./predictions";
import type { Raster } from "./raster";
import type { Size } from "./render";
import { momentOf, type Scene } from "./scene";
import { isAbsence } from "./sources";
import { contentOf, contentPixels, inputPixels, type Pixels } from "./tiles";

export interface FrameCost {
  readonly tiles: number;
  /** Whether every picture in view was there. */
  readonly complete: boolean;
}

/** Below this a mark under a tile would hide it. */
const MARKED_FROM = 24; // pixels

export function paintFrame(
  context: CanvasRenderingContext2D,
  raster: Raster,
  scene: Scene,
): FrameCost {
  const { ratio, theme } = scene;
  const spots = visibleSpots(scene);
  raster.clear(Math.round(scene.width * ratio), Math.round(scene.height * ratio), theme.cardPixel);
  let complete = true;
  for (const spot of spots) complete = paintTile(raster, scene, spot) && complete;
  context.setTransform(1, 0, 0, 1, 0, 0);
  raster.paint(context);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  if (scene.layout.tile >= MARKED_FROM) for (const spot of spots) markIfWrong(context, scene, spot);
  paintScrubbed(context, scene);
  outline(context, scene, scene.hovered, theme.mute, 1);
  outline(context, scene, scene.selected, theme.accent, scene.focused ? 3 : 2);
  paintLabels(context, scene);
  paintTitles(context, scene);
  paintHead(context, scene);
  return { tiles: spots.length, complete };
}

function visibleSpots(scene: Scene): Spot[] {
  const { layout, top, left } = scene;
  const [firstColumn, endColumn] = visibleColumns(layout, left, left + scene.width);
  const spots: Spot[] = [];
  layout.blocks.forEach((each, block) => {
    const [firstRow, endRow] = visibleRows(layout, each, top, top + scene.height);
    for (let row = firstRow; row < endRow; row++) {
      for (let column = firstColumn; column < endColumn; column++) {
        if (isTaken(scene, { block, row, column })) spots.push({ block, row, column });
      }
    }
  });
  return spots;
}

/** The last row of the layout "moment" may end early. */
function isTaken({ layout, model }: Scene, spot: Spot): boolean {
  return subjectAt(layout, spot).sample < model.samples.value.length;
}

function paintTile(raster: Raster, scene: Scene, spot: Spot): boolean {
  const { layout, ratio } = scene;
  const width = Math.max(1, Math.round(layout.tile * ratio));
  const size = { width, height: Math.max(1, Math.round(layout.tileHeight * ratio)) };
  const left = Math.round((columnLeft(layout, spot.column) - scene.left) * ratio);
  const block = layout.blocks[spot.block];
  const top = Math.round((rowTop(layout, block, spot.row) - scene.top) * ratio);
  const { pixels, gap } = tilePixels(scene, spot, size);
  if (pixels instanceof Uint32Array) raster.put(pixels, size, left, top);
  else raster.blank(size, left, top, gap ? scene.theme.linePixel : scene.look.ground, gap);
  return pixels !== "pending";
}

function tilePixels(scene: Scene, spot: Spot, size: Size): { pixels: Pixels; gap: boolean } {
  const { model, drawing, look } = scene;
  const subject = subjectAt(scene.layout, spot);
  const sample = model.samples.value[subject.sample];
  const moment = momentOf(scene, subject);
  if (drawing === "input") return { pixels: inputPixels(model, sample, size), gap: false };
  const content = contentOf(model, subject.track, moment, sample, drawing, scene.scaleName);
  if (isAbsence(content)) return { pixels: null, gap: content.gap || moment < 0 };
  const pixels = contentPixels(model, content, sample, look, scene.lookKey, size);
  return { pixels, gap: false };
}

/** A line under the tiles of samples that were misclassified then. */
function markIfWrong(context: CanvasRenderingContext2D, scene: Scene, spot: Spot): void {
  const { layout, model } = scene;
  const subject = subjectAt(layout, spot);
  const sample = model.samples.value[subject.sample];
  const run = model.runs.value[model.tracks.value[subject.track].run];
  const moment = run.moments[momentOf(scene, subject)];
  const prediction = moment && sample.label >= 0 ? predictionOf(run, moment, sample.hash) : null;
  if (!prediction || prediction.index === sample.label) return;
  const left = columnLeft(layout, spot.column) - scene.left;
  const top = rowTop(layout, layout.blocks[spot.block], spot.row) - scene.top;
  context.fillStyle = scene.theme.bad;
  context.fillRect(left, top + layout.tileHeight + 1, layout.tile, 2);
}

/** Frames, in each block, the column that the scrubber stands at. */
function paintScrubbed(context: CanvasRenderingContext2D, scene: Scene): void {
  const { layout, columns, model, theme } = scene;
  if (layout.name === "moment") return;
  const { tracks, scrubbed } = { tracks: model.tracks.value, scrubbed: model.scrubbed.value };
  context.strokeStyle = theme.accent;
  context.lineWidth = 1;
  for (const block of layout.blocks) {
    const track = tracks[Math.max(0, block.track)];
    const column = columns.findIndex(({ moments }) => {
      return moments[track.run] >= 0 && moments[track.run] === scrubbed[track.run];
    });
    if (column < 0 || rowTop(layout, block, 0) > scene.top + scene.height) continue;
    const left = columnLeft(layout, column) - scene.left - 1.5;
    const top = rowTop(layout, block, 0) - scene.top - 1.5;
    const height = blockBottom(layout, block) - scene.top - top - 6;
    context.strokeRect(left, top, layout.tile + 3, height);
  }
}

function outline(
  context: CanvasRenderingContext2D,
  scene: Scene,
  subject: Scene["selected"],
  colour: string,
  width: number,
): void {
  const { layout } = scene;
  if (!subject) return;
  const spot = spotOf(layout, subject);
  const block = layout.blocks[spot.block];
  if (!block || spot.column >= layout.columns) return;
  const left = columnLeft(layout, spot.column) - scene.left;
  const top = rowTop(layout, block, spot.row) - scene.top;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.strokeRect(left - 1, top - 1, layout.tile + 2, layout.tileHeight + 2);
}
