/** The heatmaps as a picture, each with its title and its colours. */
import { colourAt } from "../../maps/colormaps";
import type { Download, PanelContext } from "../../types";
import { colourNameFor } from "./cells";
import { brief, type Context, fitEnd, theme } from "./draw";
import { layoutOf, shownOf } from "./Heatmap";
import { paintHeat } from "./heat";
import { cellImage } from "./image";
import { colourScale, entriesOf, grids, rows, span, statistic, trackName, tracks } from "./model";
import { valueOn } from "./scale";
import { statisticTitle } from "./tables";
import type { Track } from "./tracks";

const SCALE = 2; // pixels per CSS pixel, for print
const WIDTH = 900;
const TITLE = 34;
const EDGE = 16;
const BAR = 120;

/** Returns the heatmaps of all shown runs, one below the other. */
export async function png(context: PanelContext): Promise<Download | null> {
  if (tracks.value.length === 0 || rows.value.length === 0 || !statistic.value) return null;
  const { height } = layoutOf(WIDTH - 2 * EDGE);
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH * SCALE;
  canvas.height = (tracks.value.length * (TITLE + height) + EDGE) * SCALE;
  const to = canvas.getContext("2d");
  if (!to) throw new Error("The browser gave no canvas to draw on.");
  to.scale(SCALE, SCALE);
  to.fillStyle = theme().panel;
  to.fillRect(0, 0, WIDTH, canvas.height);
  tracks.value.forEach((track, i) => {
    to.save();
    to.translate(EDGE, i * (TITLE + height) + EDGE / 2);
    paintTitle(to, track, context);
    to.translate(0, TITLE - EDGE / 2);
    paintTrack(to, track, context);
    to.restore();
  });
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!blob) throw new Error("The browser could not encode the picture: it is too large.");
  return { name: "explain-layers.png", blob };
}

function paintTitle(to: Context, track: Track, context: PanelContext): void {
  const { text, mute } = theme();
  to.fillStyle = context.runColour(track.run);
  to.fillRect(0, 6, 10, 10);
  to.textBaseline = "middle";
  to.textAlign = "left";
  to.font = "600 13px Roboto, system-ui, sans-serif";
  to.fillStyle = text;
  const name = fitEnd(to, trackName(track), 300);
  to.fillText(name, 18, 11);
  const after = 18 + to.measureText(name).width + 12;
  to.font = "12px Roboto, system-ui, sans-serif";
  to.fillStyle = mute;
  if (statistic.value) to.fillText(`${track.what}: ${statisticTitle(statistic.value)}`, after, 11);
  paintBar(to, track, context);
}

function paintBar(to: Context, track: Track, context: PanelContext): void {
  const scale = colourScale(track);
  const name = colourNameFor(scale.signed, context.dark.value);
  const high = brief(valueOn(scale, 1));
  const right = WIDTH - 2 * EDGE - to.measureText(high).width - 8;
  for (let x = 0; x < BAR; x++) {
    to.fillStyle = `rgb(${colourAt(name, x / (BAR - 1)).join(" ")})`;
    to.fillRect(right - BAR + x, 6, 1.5, 10);
  }
  to.fillStyle = theme().mute;
  to.fillText(high, right + 6, 11);
  to.textAlign = "right";
  to.fillText(brief(valueOn(scale, 0)), right - BAR - 6, 11);
}

function paintTrack(to: Context, track: Track, context: PanelContext): void {
  const width = WIDTH - 2 * EDGE;
  const grid = grids.value.get(track);
  if (!grid) return;
  const cells = {
    grid,
    rows: rows.value,
    entries: entriesOf(track),
    span: span.value,
    scale: colourScale(track),
    dark: context.dark.value,
  };
  const layout = layoutOf(width);
  const image = cellImage(cells, layout.width * SCALE);
  paintHeat(to, { ...shownOf(track), layout, image, theme: theme() });
}
