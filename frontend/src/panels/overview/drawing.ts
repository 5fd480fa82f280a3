/** A small drawing of one record, and what it says about a place in it. */

import type { ValueMap } from "../../maps/dequantise";
import { type HeatInk, heatPixels } from "../attention/heat";
import { Raster } from "../attributions/raster";

export interface Theme {
  readonly dark: boolean;
  readonly text: string;
  readonly mute: string;
  readonly line: string;
  /** Of the run. */
  readonly colour: string;
  /** Packed pixel of the ground. */
  readonly ground: number;
}

export type To = CanvasRenderingContext2D;

export interface Drawing {
  readonly title: string;
  readonly caption: string;
  /** Height by width. */
  readonly aspect: number;
  /** Draws on `width` x `height` CSS pixels. */
  draw(to: To, width: number, height: number, theme: Theme): void;
  /** Returns the exact figures at a place, as shares of width and height; null for none. */
  at(x: number, y: number): string | null;
}

/** The part of a drawing within its labels, as shares. */
export const INNER = { left: 0.13, top: 0.03, right: 0.98, bottom: 0.87 } as const;

/** Returns shares of the inner part for shares of the whole; null outside. */
export function within(x: number, y: number): readonly [number, number] | null {
  const across = (x - INNER.left) / (INNER.right - INNER.left);
  const down = (y - INNER.top) / (INNER.bottom - INNER.top);
  const inside = across >= 0 && across < 1 && down >= 0 && down < 1;
  return inside ? [across, down] : null;
}

/** Maps shares of the inner part, upwards, to pixels. */
export function places(width: number, height: number) {
  return {
    x: (share: number) => width * (INNER.left + share * (INNER.right - INNER.left)),
    y: (share: number) => height * (INNER.bottom - share * (INNER.bottom - INNER.top)),
  };
}

/** Draws the frame and names its axes' ends. */
export function frame(
  to: To,
  [width, height]: readonly [number, number],
  theme: Theme,
  words: { readonly x: readonly string[]; readonly y: readonly string[]; readonly name: string },
): void {
  const { x, y } = places(width, height);
  to.strokeStyle = theme.line;
  to.lineWidth = 1;
  to.strokeRect(x(0) + 0.5, y(1) + 0.5, x(1) - x(0) - 1, y(0) - y(1) - 1);
  to.font = "10px Roboto, system-ui, sans-serif";
  to.fillStyle = theme.mute;
  to.textBaseline = "middle";
  words.x.forEach((word, i, all) => {
    to.textAlign = i === 0 ? "left" : i === all.length - 1 ? "right" : "center";
    to.fillText(word, x(i / Math.max(1, all.length - 1)), y(0) + 9);
  });
  to.textAlign = "right";
  words.y.forEach((word, i, all) => {
    const share = i / Math.max(1, all.length - 1);
    to.fillText(word, x(0) - 4, Math.max(6, Math.min(y(0) - 4, y(share))), x(0) - 4);
  });
  to.textAlign = "center";
  to.fillText(words.name, (x(0) + x(1)) / 2, y(0) + 9);
}

/** Draws a map into the inner part. */
export function drawHeat(
  to: To,
  [width, height]: readonly [number, number],
  map: ValueMap,
  ink: HeatInk,
): void {
  const { x, y } = places(width, height);
  const ratio = to.canvas.width / width;
  const raster = new Raster();
  raster.clear(to.canvas.width, to.canvas.height, 0);
  const size = {
    width: Math.max(1, Math.round((x(1) - x(0)) * ratio)),
    height: Math.max(1, Math.round((y(0) - y(1)) * ratio)),
  };
  raster.put(heatPixels(map, size, ink), size, Math.round(x(0) * ratio), Math.round(y(1) * ratio));
  raster.paint(to);
}

/** Draws a line between two places, given as shares upwards. */
export function strokeBetween(
  to: To,
  [width, height]: readonly [number, number],
  from: readonly [number, number],
  upTo: readonly [number, number],
): void {
  const { x, y } = places(width, height);
  to.beginPath();
  to.moveTo(x(from[0]), y(from[1]));
  to.lineTo(x(upTo[0]), y(upTo[1]));
  to.stroke();
}
