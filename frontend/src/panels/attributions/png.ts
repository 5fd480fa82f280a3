/** The film strip as it is on screen, as a picture with its colour bar. */
import { colourAt } from "../../maps/colormaps";
import type { Download, PanelContext } from "../../types";
import { currentLook } from "./look";
import { modelOf } from "./model";
import { numberWords } from "./names";
import { paintFrame } from "./paint";
import { Raster } from "./raster";
import { coloursOf } from "./render";
import type { Scene } from "./scene";
import { drawn } from "./settings";
import { type ShownScale, shownScale } from "./shownScale";
import { stripOf } from "./shownStrip";
import { sceneOf } from "./strip";
import { write } from "./write";

const FOOT = 36; // CSS pixels for the colour bar

/** Returns null while the panel is not on screen. */
export async function png(context: PanelContext): Promise<Download | null> {
  const shown = stripOf(context);
  if (!shown) return null;
  const scene = { ...sceneOf(shown.strip, shown.scroller, devicePixelRatio), hovered: null };
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(scene.width * scene.ratio);
  canvas.height = Math.round((scene.height + FOOT) * scene.ratio);
  const target = canvas.getContext("2d", { alpha: false });
  if (!target) throw new Error("The browser gave no canvas to draw on.");
  paintFrame(target, new Raster(), scene);
  paintFoot(target, scene, drawn.drawing.value === "input" ? null : shownScale(modelOf(context)));
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  return blob && { name: "attributions.png", blob };
}

function paintFoot(target: CanvasRenderingContext2D, scene: Scene, scale: ShownScale | null): void {
  const { theme, width, height } = scene;
  target.fillStyle = theme.card;
  target.fillRect(0, height, width, FOOT);
  if (!scale) return;
  const font = `12px ${theme.font}`;
  const middle = height + FOOT / 2;
  const low = numberWords(scale.signed ? -scale.limit : 0);
  const start = write(target, low, 12, middle, font, theme.text) + 8;
  const name = coloursOf(currentLook(false), scale);
  for (let x = 0; x < 200; x++) {
    target.fillStyle = `rgb(${colourAt(name, x / 199).join(" ")})`;
    target.fillRect(start + x, middle - 6, 1, 12);
  }
  const high = `${numberWords(scale.limit)} ${scale.unit}`;
  const end = write(target, high, start + 208, middle, font, theme.text);
  write(target, scale.words, end + 16, middle, font, theme.mute, width - end - 28);
}
