/** One series three times, over the grounds of A, of B, and of their difference. */

import { useEffect, useRef } from "preact/hooks";
import { dequantise, type ValueMap } from "../../../maps/dequantise";
import { difference } from "../../../maps/difference";
import { sizedContext, themeColour } from "../../../ui/canvas";
import { POINTED } from "../../../ui/pointed";
import { useWidth } from "../../../ui/size";
import { note } from "../../attributions/HoverNote";
import { currentLook } from "../../attributions/look";
import { numberWords } from "../../attributions/names";
import { type Paper, paintChannels } from "../../attributions/series/draw";
import { signalOf } from "../../attributions/series/signals";
import { isAbsence, mapOf } from "../../attributions/sources";
import { dark } from "../model";
import type { ContentProps } from "./Rows";

const PITCH = 40; // pixels of a channel
const MOST = 3; // channels that are drawn
const BETWEEN = 8; // pixels between the three

export function SeriesPair({ pair, of, scale, change }: ContentProps) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(host);
  const maps = mapsOf(of, pair.sample.hash);
  const channels = Math.min(MOST, maps?.[0].height ?? 0);
  const one = channels * PITCH + BETWEEN;
  // Read here, not in the effect: what a signal of these changes is drawn anew.
  const night = dark.value;
  const { diverging } = currentLook(night);
  useEffect(() => {
    if (!canvas.current || !maps || width === 0) return;
    const to = sizedContext(canvas.current, width, 3 * one);
    const n = of.b.probe.places.get(pair.sample.hash) ?? 0;
    const signal = signalOf(of.b.probe, n) ?? signalOf(of.a.probe, n);
    const order = Array.from({ length: channels }, (_, channel) => channel);
    maps.forEach((map, i) => {
      const drawing = { map, signal, scale: i === 2 ? change : scale, channels: order };
      to.save();
      to.translate(0, i * one);
      paintChannels(
        to,
        drawing,
        { left: LEFT, width: width - LEFT, pitch: PITCH },
        paper(diverging, night),
      );
      to.fillStyle = themeColour("--mute");
      to.font = "12px Roboto, Inter, system-ui, sans-serif";
      to.textBaseline = "middle";
      to.fillText(NAMES[i], 0, (channels * PITCH) / 2);
      to.restore();
    });
  });
  if (!maps) return <p class="mute">The maps of A and B have different sizes.</p>;
  return (
    <div ref={host} class="cmp-series">
      <canvas
        ref={canvas}
        {...POINTED}
        aria-label={`Series of sample ${pair.sample.name} shaded by A, by B and by their difference`}
        onPointerMove={(event) => tell(event, maps, of.b.unit, one)}
        onPointerLeave={() => {
          note.value = null;
        }}
      />
    </div>
  );
}

const NAMES = ["A", "B", "B − A"];
const LEFT = 44; // pixels before the plots

function mapsOf({ a, b }: ContentProps["of"], hash: string): ValueMap[] | null {
  const [first, second] = [mapOf(a, hash), mapOf(b, hash)];
  if (isAbsence(first) || isAbsence(second)) return null;
  const [x, y] = [dequantise(first), dequantise(second)];
  if (x.height !== y.height || x.width !== y.width) return null;
  return [x, y, difference(y, x)];
}

function paper(diverging: Paper["diverging"], night: boolean): Paper {
  return {
    diverging,
    dark: night,
    line: themeColour("--text"),
    halo: themeColour("--panel"),
    gap: themeColour("--track"),
  };
}

function tell(event: PointerEvent, maps: readonly ValueMap[], unit: string, one: number): void {
  const box = (event.currentTarget as Element).getBoundingClientRect();
  const [x, y] = [event.clientX - box.left - LEFT, (event.clientY - box.top) % one];
  const { width, height } = maps[0];
  const cell = Math.floor((x / (box.width - LEFT)) * width);
  const channel = Math.min(height - 1, Math.floor(y / PITCH));
  if (cell < 0 || cell >= width) {
    note.value = null;
    return;
  }
  const facts = maps.map(
    (map, i) => [NAMES[i], `${numberWords(map.values[channel * width + cell])} ${unit}`] as const,
  );
  const title = `channel ${channel}, cell ${cell} of ${width}`;
  note.value = { title, facts, clientX: event.clientX, clientY: event.clientY };
}
