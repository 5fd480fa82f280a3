/** Draws one frame of the film strip: only what is in view. */
import { paintHead, paintTitles } from "./chrome";
import { NOTHING } from "./columns";
import { paintLabels } from "./labels";
import {
  type Block,
  blockBottom,
  columnLeft,
  rowsIn,
  rowTop,
  type Spot,
  type Subject,
  spotOf,
  subjectAt,
  visibleColumns,
  visibleRows,
} from "./layout";
import { Budget, contentPixels, inputPixels, type Pixels } from "./pixels";
import { predictionOf } from "./predictions";
import type { Raster } from "./raster";
import type { Size } from "./render";
import { momentOf, type Scene } from "./scene";
import { isAbsence } from "./sources";
import { contentOf } from "./tiles";

export interface FrameCost {
  readonly tiles: number;
  /** Tiles rendered anew. */
  readonly composed: number;
  /** Tiles that the budget did not reach: draw again. */
  readonly postponed: number;
  /** Whether every tile in view shows what it should. */
  readonly complete: boolean;
}

/** Below this a mark under a tile would hide it. */
const MARKED_FROM = 24; // pixels
/** Quieter than the frame around the tile in depth. */
const MARK_OPACITY = 0.7;

export function paintFrame(
  context: CanvasRenderingContext2D,
  raster: Raster,
  scene: Scene,
  budget = new Budget(),
): FrameCost {
  const { ratio, theme } = scene;
  const spots = visibleSpots(scene);
  raster.clear(Math.round(scene.width * ratio), Math.round(scene.height * ratio), theme.cardPixel);
  let complete = true;
  for (const spot of spots) complete = paintTile(raster, scene, spot, budget) && complete;
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
  const { rendered: composed, postponed } = budget;
  return { tiles: spots.length, composed, postponed, complete: complete && postponed === 0 };
}

/** A spot and what it shows. */
interface Taken extends Spot {
  readonly subject: Subject;
}

function visibleSpots(scene: Scene): Taken[] {
  const { layout, top, left } = scene;
  const [firstColumn, endColumn] = visibleColumns(layout, left, left + scene.width);
  const spots: Taken[] = [];
  layout.blocks.forEach((each, block) => {
    const [firstRow, endRow] = visibleRows(layout, each, top, top + scene.height);
    for (let row = firstRow; row < endRow; row++) {
      for (let column = firstColumn; column < endColumn; column++) {
        const subject = subjectAt(layout, { block, row, column });
        if (subject) spots.push({ block, row, column, subject });
      }
    }
  });
  return spots;
}

function paintTile(raster: Raster, scene: Scene, spot: Taken, budget: Budget): boolean {
  const { layout, ratio } = scene;
  const width = Math.max(1, Math.round(layout.tile * ratio));
  const size = { width, height: Math.max(1, Math.round(layout.tileHeight * ratio)) };
  const left = Math.round((columnLeft(layout, spot.column) - scene.left) * ratio);
  const block = layout.blocks[spot.block];
  const top = Math.round((rowTop(layout, block, spot.row) - scene.top) * ratio);
  const { pixels, gap } = tilePixels(scene, spot.subject, size, budget);
  if (scene.edged) raster.edge(size, left, top, scene.theme.linePixel);
  if (pixels instanceof Uint32Array) raster.put(pixels, size, left, top);
  else raster.blank(size, left, top, gap ? scene.theme.linePixel : scene.look.ground, gap);
  return pixels !== "pending";
}

function tilePixels(
  scene: Scene,
  subject: Subject,
  size: Size,
  budget: Budget,
): { pixels: Pixels; gap: boolean } {
  const { model, drawing, look } = scene;
  const sample = model.samples.value[subject.sample];
  const moment = momentOf(scene, subject);
  if (drawing === "input") return { pixels: inputPixels(sample, size), gap: false };
  const content = contentOf(model, subject.track, moment, sample, drawing, scene.scaleName);
  if (isAbsence(content)) return { pixels: null, gap: content.gap || moment === NOTHING };
  const pixels = contentPixels(content, sample, { look, key: scene.lookKey, size }, budget);
  return { pixels, gap: false };
}

/** A line under the tiles of samples that were misclassified then. */
function markIfWrong(context: CanvasRenderingContext2D, scene: Scene, spot: Taken): void {
  const { layout, model } = scene;
  const { subject } = spot;
  const sample = model.samples.value[subject.sample];
  const run = model.runs.value[model.tracks.value[subject.track].run];
  const moment = run.moments[momentOf(scene, subject)];
  const prediction = moment && predictionOf(run, moment, sample.hash);
  if (prediction?.correct !== false) return;
  const left = columnLeft(layout, spot.column) - scene.left;
  const top = rowTop(layout, layout.blocks[spot.block], spot.row) - scene.top;
  context.fillStyle = scene.theme.bad;
  context.globalAlpha = MARK_OPACITY;
  context.fillRect(left, top + layout.tileHeight + 1, layout.tile, 1);
  context.globalAlpha = 1;
}

/** Frames, in each block, the tiles of the moment that the scrubber stands at. */
function paintScrubbed(context: CanvasRenderingContext2D, scene: Scene): void {
  const { layout, theme } = scene;
  if (layout.name === "moment") return;
  context.strokeStyle = theme.accent;
  context.lineWidth = 1;
  for (const block of layout.blocks) {
    if (rowTop(layout, block, 0) > scene.top + scene.height) break;
    if (blockBottom(layout, block) < scene.top) continue;
    for (let group = 0; group < layout.groups; group++) frameGroup(context, scene, block, group);
  }
}

/** Rows of other runs may stand at other columns: each stretch of rows has a frame of its own. */
function frameGroup(
  context: CanvasRenderingContext2D,
  scene: Scene,
  block: Block,
  group: number,
): void {
  const { layout } = scene;
  const rows = rowsIn(layout, block, group);
  const columnOf = (row: number): number => {
    const own = layout.rowsOf[block.sample + group]?.[row];
    return scrubbedColumn(scene, layout.name === "runs" ? block.track + group : (own ?? -1));
  };
  for (let row = 0, end = 0; row < rows; row = end) {
    const column = columnOf(row);
    const same = layout.name === "runs" ? () => true : (r: number) => columnOf(r) === column;
    for (end = row + 1; end < rows && same(end); ) end++;
    if (column < 0) continue;
    const left = columnLeft(layout, group * layout.group + column) - scene.left - 1.5;
    const top = rowTop(layout, block, row) - scene.top - 1.5;
    const height = rowTop(layout, block, end) - layout.gap - scene.top - top + 1.5;
    context.strokeRect(left, top, layout.tile + 3, height);
  }
}

function scrubbedColumn({ columns, model }: Scene, index: number): number {
  const run = model.tracks.value[index]?.run;
  const moment = run === undefined ? -1 : model.scrubbed.value[run];
  return moment < 0 ? -1 : columns.findIndex(({ moments }) => moments[run] === moment);
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
  const block = spot && layout.blocks[spot.block];
  if (!block || spot.column >= layout.columns) return;
  const left = columnLeft(layout, spot.column) - scene.left;
  const top = rowTop(layout, block, spot.row) - scene.top;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.strokeRect(left - 1, top - 1, layout.tile + 2, layout.tileHeight + 2);
}
