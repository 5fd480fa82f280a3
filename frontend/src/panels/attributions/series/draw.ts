/** Draws channels of a signal one above the other, over grounds that show what they count. */
import type { ColourMapName } from "../../../maps/colormaps";
import type { ValueMap } from "../../../maps/dequantise";
import type { Scale } from "../../../maps/scale";
import { groundOf } from "../ink";
import { rangeOf, type Signal } from "./signals";

export interface Drawing {
  readonly map: ValueMap | null;
  readonly signal: Signal | null;
  readonly scale: Scale;
  /** Channels, in the order they are drawn. */
  readonly channels: readonly number[];
}

export interface Paper {
  readonly diverging: ColourMapName;
  readonly dark: boolean;
  readonly line: string;
  readonly halo: string;
  readonly gap: string;
}

export interface Box {
  readonly left: number;
  readonly width: number;
  /** Of one channel, the gap below it included. */
  readonly pitch: number;
}

export const CHANNEL_GAP = 4; // pixels between channels
const INSET = 3; // pixels between a line and its channel's edges

export function paintChannels(
  to: CanvasRenderingContext2D,
  drawing: Drawing,
  box: Box,
  paper: Paper,
): void {
  drawing.channels.forEach((channel, row) => {
    const place = { ...box, top: row * box.pitch, height: box.pitch - CHANNEL_GAP };
    if (drawing.map) paintGrounds(to, drawing.map, drawing.scale, channel, place, paper);
    if (drawing.signal && channel < drawing.signal.channels) {
      paintLine(to, drawing.signal, channel, place, paper);
    }
  });
}

interface Place extends Box {
  readonly top: number;
  readonly height: number;
}

function paintGrounds(
  to: CanvasRenderingContext2D,
  { values, width: cells }: ValueMap,
  { limit }: Scale,
  channel: number,
  { left, top, width, height }: Place,
  paper: Paper,
): void {
  const pitch = width / cells;
  for (let i = 0; i < cells; i++) {
    const value = values[channel * cells + i];
    const ground = groundOf(limit > 0 ? value / limit : value, paper.diverging, paper.dark);
    to.fillStyle = ground ? `rgb(${ground.join(" ")})` : paper.gap;
    const from = Math.floor(left + i * pitch);
    to.fillRect(from, top, Math.ceil(left + (i + 1) * pitch) - from, height);
  }
}

/** Twice, the first time broader and as the paper: it must show on any ground. */
function paintLine(
  to: CanvasRenderingContext2D,
  signal: Signal,
  channel: number,
  { left, top, width, height }: Place,
  paper: Paper,
): void {
  const [low, high] = rangeOf(signal, channel);
  const factor = (height - 2 * INSET) / (high - low);
  const pitch = width / signal.length;
  to.beginPath();
  let down = false;
  for (let i = 0; i < signal.length; i++) {
    const value = signal.values[channel * signal.length + i];
    const x = left + (i + 0.5) * pitch;
    const y = top + height - INSET - (value - low) * factor;
    if (!Number.isFinite(value)) down = false;
    else if (down) to.lineTo(x, y);
    else to.moveTo(x, y);
    if (Number.isFinite(value)) down = true;
  }
  to.lineJoin = "round";
  for (const [colour, thickness] of [
    [paper.halo, 3],
    [paper.line, 1.2],
  ] as const) {
    to.strokeStyle = colour;
    to.lineWidth = thickness;
    to.stroke();
  }
}
