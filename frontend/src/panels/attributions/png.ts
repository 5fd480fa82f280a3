/** The film strip as it is on screen, as a picture with its colour bar. */
import { colourAt } from "../../maps/colormaps";
import type { Download, PanelContext } from "../../types";
import { numberWords } from "./names";
import { paintFrame } from "./paint";
import { Raster } from "./raster";
import { coloursOf } from "./render";
import type { Scene } from "./scene";
import { drawn } from "./settings";
import { type ShownScale, shownScale } from "./shownScale";
import { stripOf } from "./shownStrip";
import { type Strip, sceneOf } from "./strip";
import { write } from "./write";

const LINE = 22; // CSS pixels for each line below the film strip
const EDGE = 12;

/** Returns null while the panel is not on screen. */
export async function png(context: PanelContext): Promise<Download | null> {
  const shown = stripOf(context);
  if (!shown) return null;
  const scene = { ...sceneOf(shown.strip, shown.scroller, devicePixelRatio), hovered: null };
  const lines = footLines(shown.strip, scene);
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(scene.width * scene.ratio);
  canvas.height = Math.round((scene.height + LINE * (lines.length + 1)) * scene.ratio);
  const target = canvas.getContext("2d", { alpha: false });
  if (!target) throw new Error("The browser gave no canvas to draw on.");
  paintFrame(target, new Raster(), scene);
  target.fillStyle = scene.theme.card;
  target.fillRect(0, scene.height, scene.width, LINE * (lines.length + 1));
  lines.forEach((paint, i) => {
    paint(target, scene.height + LINE * (i + 1));
  });
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  return blob && { name: "attributions.png", blob };
}

type PaintLine = (target: CanvasRenderingContext2D, y: number) => void;

/** The colour bar, and what is said about each run. */
function footLines(strip: Strip, scene: Scene): PaintLine[] {
  const scale = drawn.drawing.value === "input" ? null : shownScale(strip.model);
  const bar: PaintLine[] = scale ? [(target, y) => paintBar(target, scene, scale, y)] : [];
  return [...bar, ...strip.model.tracks.value.map((_, i) => claimLine(strip, scene, i))];
}

function claimLine({ model, claims }: Strip, scene: Scene, index: number): PaintLine {
  const { theme, width } = scene;
  const track = model.tracks.value[index];
  const { run } = model.runs.value[track.run];
  const { looks = "", settled = "" } = claims.value[index] ?? {};
  const words = [track.title, looks, settled].filter(Boolean).join(" · ");
  return (target, y) => {
    target.fillStyle = scene.runColour(run);
    target.fillRect(EDGE, y - 5, 10, 10);
    const end = write(target, run, EDGE + 18, y, `600 12px ${theme.font}`, theme.text, 320);
    write(target, words, end + 10, y, `12px ${theme.font}`, theme.mute, width - end - 10 - EDGE);
  };
}

function paintBar(
  target: CanvasRenderingContext2D,
  { theme, width, look }: Scene,
  scale: ShownScale,
  y: number,
): void {
  const font = `12px ${theme.font}`;
  const low = numberWords(scale.signed ? -scale.limit : 0);
  const start = write(target, low, EDGE, y, font, theme.text) + 8;
  const name = coloursOf(look, scale);
  for (let x = 0; x < 200; x++) {
    target.fillStyle = `rgb(${colourAt(name, x / 199).join(" ")})`;
    target.fillRect(start + x, y - 6, 1.5, 12);
  }
  const high = `${numberWords(scale.limit)} ${scale.unit}`;
  const end = write(target, high, start + 208, y, font, theme.text);
  write(target, scale.words, end + 16, y, font, theme.mute, width - end - 16 - EDGE);
}
