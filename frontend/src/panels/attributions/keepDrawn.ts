/** Keeps the film strip's canvas up to date, at most one frame at a time. */
import { effect, signal, untracked } from "@preact/signals";
import { record } from "./measure";
import type { Model } from "./model";
import { paintFrame } from "./paint";
import { picturesReady } from "./pictures";
import { Raster } from "./raster";
import { keepClaims } from "./statements";
import { type Strip, sceneOf } from "./strip";
import { composed } from "./tiles";

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
  const stopDrawing = effect(() => {
    // What was read while drawing a frame is what the next one waits for.
    void [scrolled.value, picturesReady.value];
    subscribe(strip.model);
    void sceneOf(strip, scroller, devicePixelRatio);
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
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

function painter(strip: Strip, scroller: HTMLElement, canvas: HTMLCanvasElement): () => void {
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
    if (scene.width < 1 || scene.height < 1) return;
    fitTo(canvas, scene.width, scene.height);
    composed.tiles = 0;
    const cost = untracked(() => paintFrame(context, raster, scene));
    record("tb-explain:draw", start, { ...cost, composed: composed.tiles });
    if (cost.complete && cold > 0) {
      record("tb-explain:cold", cold, cost);
      cold = 0;
    }
  };
}

function fitTo(canvas: HTMLCanvasElement, width: number, height: number): void {
  const [wide, high] = [width, height].map((size) => Math.round(size * devicePixelRatio));
  if (canvas.width !== wide) canvas.width = wide;
  if (canvas.height !== high) canvas.height = high;
}
