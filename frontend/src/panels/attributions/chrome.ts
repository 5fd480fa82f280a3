/** What stands around the tiles and stays in view: column heads and block titles. */

import { labelledColumns } from "./heads";
import {
  type Block,
  blockBottom,
  columnLeft,
  EDGE,
  groupLeft,
  groupWidth,
  rowsIn,
  visibleColumns,
} from "./layout";
import { sampleTitle } from "./samples";
import type { Scene } from "./scene";
import { isAbsence, ofLayer } from "./sources";
import { dot, write } from "./write";

type Context = CanvasRenderingContext2D;

export function paintHead(context: Context, scene: Scene): void {
  const { layout, theme, width } = scene;
  if (layout.blocks.length === 0) return;
  context.fillStyle = theme.card;
  context.fillRect(0, 0, width, layout.head);
  const [first, end] = visibleColumns(layout, scene.left, scene.left + width);
  if (layout.name === "moment") paintTrackHeads(context, scene, first, end);
  else paintMomentHeads(context, scene, first, end);
  context.fillStyle = theme.line;
  context.fillRect(0, layout.head - 1, width, 1);
}

function paintMomentHeads(context: Context, scene: Scene, first: number, end: number): void {
  const { layout, columns, theme } = scene;
  const font = `11px ${theme.font}`;
  const labels = columns.map(({ label }) =>
    label === "untrained" && layout.tile < 52 ? "init" : label,
  );
  const marked = columns.map(({ moments }) =>
    moments.some((m, run) => m >= 0 && m === scene.model.scrubbed.value[run]),
  );
  context.save();
  context.beginPath();
  context.rect(EDGE + layout.gutter - 4, 0, scene.width, layout.head);
  context.clip();
  context.textBaseline = "middle";
  context.font = `600 ${font}`; // the scrubbed one's, which is widest
  const widths = labels.map((label) => context.measureText(label).width);
  context.textAlign = "center";
  const told = labelledColumns(widths, marked, layout.tile + layout.gap);
  for (let column = first; column < end; column++) {
    const within = column % layout.group;
    if (!told.has(within)) continue;
    context.font = marked[within] ? `600 ${font}` : font;
    context.fillStyle = marked[within] ? theme.accent : theme.mute;
    const middle = columnLeft(layout, column) - scene.left + layout.tile / 2;
    context.fillText(labels[within], middle, layout.head / 2);
  }
  context.restore();
  write(context, columns[0]?.unit ?? "epoch", EDGE, layout.head / 2, font, theme.mute);
}

function paintTrackHeads(context: Context, scene: Scene, first: number, end: number): void {
  const { layout, model, theme } = scene;
  const several = model.methods.value.length > 1;
  for (let column = first; column < end; column++) {
    const track = model.tracks.value[column % layout.group];
    const run = model.runs.value[track.run];
    const left = columnLeft(layout, column) - scene.left;
    dot(context, scene.runColour(run.run), left + 4, 14, 4);
    write(context, run.run, left + 12, 14, `600 11px ${theme.font}`, theme.text, layout.tile - 18);
    const moment = run.moments[model.scrubbed.value[track.run]];
    const when = moment ? (moment.epoch < 0 ? "untrained" : `epoch ${moment.epoch}`) : "no record";
    const words = several ? track.title : when;
    write(context, words, left, 31, `11px ${theme.font}`, theme.mute, layout.tile);
  }
}

export function paintTitles(context: Context, scene: Scene): void {
  const { layout } = scene;
  if (layout.titleHeight === 0) return;
  for (const block of layout.blocks) {
    const top = stickyTop(scene, block);
    if (top > scene.height || top + layout.titleHeight < 0) continue;
    paintTitle(context, scene, block, top);
  }
}

/** A block's title stays below the head while any of its rows is in view. */
function stickyTop(scene: Scene, block: Block): number {
  const pinned = Math.max(block.top - scene.top, scene.layout.head);
  return Math.min(pinned, blockBottom(scene.layout, block) - scene.top - scene.layout.titleHeight);
}

function paintTitle(context: Context, scene: Scene, block: Block, top: number): void {
  const { layout, theme } = scene;
  context.fillStyle = theme.card;
  context.fillRect(0, top, scene.width, layout.titleHeight);
  context.fillStyle = theme.line;
  const isFirst = layout.blocks[0] === block;
  if (!isFirst || top > layout.head + 4) context.fillRect(0, top, scene.width, 1);
  const y = top + layout.titleHeight / 2;
  for (let group = 0; group < layout.groups; group++) {
    if (rowsIn(layout, block, group) === 0) continue;
    const x = layout.groups === 1 ? EDGE : groupLeft(layout, group) - scene.left;
    const width = layout.groups === 1 ? scene.width - 2 * EDGE : groupWidth(layout);
    if (layout.name === "runs") {
      paintTrackTitle(context, scene, block.track + group, { x, y, width });
    } else paintSampleTitle(context, scene, block.sample + group, { x, y, width });
  }
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
}

/** The sample, and which runs do not show it because their probes lack it. */
function paintSampleTitle(context: Context, scene: Scene, index: number, place: Place): void {
  const { layout, theme, model } = scene;
  const { x, y, width } = place;
  const sample = model.samples.value[index];
  const end = write(
    context,
    sampleTitle(sample),
    x,
    y,
    `600 13px ${theme.font}`,
    theme.text,
    width,
  );
  const shown = layout.rowsOf[index].map((track) => model.tracks.value[track].run);
  const tracked = new Set(model.tracks.value.map(({ run }) => run));
  const lacking = model.runs.value.filter((_, run) => tracked.has(run) && !shown.includes(run));
  if (lacking.length === 0) return;
  const words = `not in the probe of ${lacking.map(({ run }) => run).join(", ")}`;
  const left = end + 10;
  write(context, words, left, y, `11px ${theme.font}`, theme.mute, Math.max(0, x + width - left));
}

function paintTrackTitle(context: Context, scene: Scene, index: number, place: Place): void {
  const { theme, model } = scene;
  const { y, width } = place;
  const track = model.tracks.value[index];
  const { run } = model.runs.value[track.run];
  const source = track.sources.find((each) => !isAbsence(each));
  const layer = source && !isAbsence(source) ? ofLayer(source) : "";
  dot(context, scene.runColour(run), place.x + 5, y, 5);
  const font = `600 13px ${theme.font}`;
  const x = write(context, run, place.x + 18, y, font, theme.text, Math.min(320, width - 18)) + 10;
  const words = `${track.title}${layer}`;
  const left = Math.max(0, place.x + width - x);
  write(context, words, x, y, `12px ${theme.font}`, theme.mute, left);
}
