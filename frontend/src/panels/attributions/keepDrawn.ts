/** Keeps the film strip's canvas up to date, at most one frame at a time. */
import { effect, signal, untracked } from "@preact/signals";
import { record } from "./measure";
import type { Model } from "./model";
import { paintFrame } from "./paint";
import { picturesReady } from "./pictures";
import { Budget } from "./pixels";
import { Raster } from "./raster";
import { keepClaims } from "./statements";
import { type Strip, sceneOf } from "./strip";

/** Draws on `canvas` whenever something it shows has changed; returns what ends it. */
export function keepDrawn(
  strip: Strip,
  scroller: HTMLElement,
  canvas: HTMLCanvasElement,
): () => void {
  const scrolled = signal(0);
  const onScroll = () => scrolled.value++;
  const draw = painter(strip, scroller, canvas);
  let frame = 0;
  const drawOn = () => {
    if (draw() > 0) frame = requestAnimationFrame(drawOn);
  };
  const stopDrawing = effect(() => {
    // What was read while drawing a frame is what the next one waits for.
    void [scrolled.value, picturesReady.value];
    subscribe(strip.model);
    void sceneOf(strip, scroller, devicePixelRatio);
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(drawOn);
  });
  const stopClaims = keepClaims(strip.model, strip.claims);
  scroller.addEventListener("scroll", onScroll, { passive: true });
  return () => {
    stopDrawing();
    stopClaims();
    cancelAnimationFrame(frame);
    scroller.removeEventListener("scroll", onScroll);
  };
}

/** Reads every derived signal that frames are drawn from. */
function subscribe(model: Model): void {
  const { runs, samples, tracks, columns, limits, differenceLimits, scrubbed } = model;
  for (const derived of [runs, samples, tracks, columns, limits, differenceLimits, scrubbed]) {
    void derived.value;
  }
}

/** Milliseconds of a frame given to rendering tiles; the rest of 100 is for all else. */
const RENDERING = 30;

/** Returns what draws a frame and says how many tiles are still to be rendered. */
function painter(strip: Strip, scroller: HTMLElement, canvas: HTMLCanvasElement): () => number {
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) throw new Error("The browser gave no canvas to draw on.");
  const raster = new Raster();
  let drawnSeries: unknown = null;
  let cold = performance.now();
  return () => {
    const start = performance.now();
    const series = strip.context.series.peek();
    if (series !== drawnSeries) cold = start;
    drawnSeries = series;
    const scene = untracked(() => sceneOf(strip, scroller, devicePixelRatio));
    if (scene.width < 1 || scene.height < 1) return 0;
    fitTo(canvas, scene.width, scene.height);
    const cost = untracked(() => paintFrame(context, raster, scene, new Budget(RENDERING)));
    record("tb-explain:draw", start, cost);
    if (cost.complete && cold > 0) {
      record("tb-explain:cold", cold, cost);
      cold = 0;
    }
    return cost.postponed;
  };
}

function fitTo(canvas: HTMLCanvasElement, width: number, height: number): void {
  const [wide, high] = [width, height].map((size) => Math.round(size * devicePixelRatio));
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
}
