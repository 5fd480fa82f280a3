/** A sample's channels by one run and method, on a canvas; figures where the pointer is. */
import { useEffect, useRef } from "preact/hooks";
import type { Sample } from "../../../samples";
import type { PanelContext } from "../../../types";
import { sizedContext, themeColour } from "../../../ui/canvas";
import { useWidth } from "../../../ui/size";
import { note } from "../HoverNote";
import { currentLook } from "../look";
import { numberWords } from "../names";
import type { Source } from "../sources";
import type { Content } from "../tiles";
import { CHANNEL_GAP, paintChannels } from "./draw";
import { pointsOf, pointWords, rangeOf, type Signal, signalOf } from "./signals";

interface Props {
  readonly context: PanelContext;
  readonly content: Content;
  readonly sample: Sample;
  readonly channels: readonly number[];
  /** Of a channel, in pixels. */
  readonly pitch: number;
  /** Whether channels are named and their range is written beside them. */
  readonly labelled?: boolean;
  /** Who says so, for the note: "clean, epoch 3". */
  readonly who: string;
  readonly testId?: string;
}

const LABELS = 44; // pixels

export function Plot(props: Props) {
  const { context, content, sample, channels, pitch, labelled, who, testId } = props;
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(host);
  const dark = context.dark.value;
  const { diverging } = currentLook(dark);
  const signal = signalIn(content.source, sample);
  const left = labelled ? LABELS : 0;
  const height = channels.length * pitch - CHANNEL_GAP;
  useEffect(() => {
    if (!canvas.current || width === 0) return;
    const to = sizedContext(canvas.current, width, height);
    const box = { left, width: width - left, pitch };
    paintChannels(to, { map: content.map(), signal, scale: content.scale, channels }, box, {
      diverging,
      dark,
      line: themeColour("--text"),
      halo: dark ? "rgb(36 38 41 / 60%)" : "rgb(255 255 255 / 70%)",
      gap: themeColour("--ground"),
    });
    if (labelled) paintLabels(to, signal, channels, pitch);
  }, [content.key, content.scale.limit, sample, width, height, diverging, dark, labelled]);
  const onMove = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const x = (event.clientX - box.left - left) / (box.width - left);
    const channel = channels[Math.floor((event.clientY - box.top) / pitch)];
    note.value =
      x < 0 || x >= 1 || channel === undefined
        ? null
        : { ...noteAt(content, signal, channel, x, who), ...at(event) };
  };
  return (
    <div ref={host} class="attr-plot">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Sample ${sample.name} by ${who}: attribution of ${channels.length} channels`}
        data-testid={testId}
        data-channels={channels.length}
        onPointerMove={onMove}
        onPointerLeave={() => {
          note.value = null;
        }}
      />
    </div>
  );
}

export const at = ({ clientX, clientY }: PointerEvent) => ({ clientX, clientY });

function signalIn({ probe }: Source, { hash }: Sample): Signal | null {
  const n = probe.places.get(hash);
  return n === undefined ? null : signalOf(probe, n);
}

function noteAt(content: Content, signal: Signal | null, channel: number, x: number, who: string) {
  const { source } = content;
  const map = content.map();
  const cell = Math.floor(x * map.width);
  const points = pointsOf(source.probe, map.width);
  const facts: [string, string][] = [
    ["value", `${numberWords(map.values[channel * map.width + cell])} ${source.unit}`],
  ];
  if (signal && channel < signal.channels) {
    const place = channel * signal.length + Math.floor(x * signal.length);
    facts.push(["signal", numberWords(signal.values[place])]);
  }
  facts.push(["by", `${source.title}, ${who}`]);
  return { title: `channel ${channel}, ${pointWords(cell, map.width, points)}`, facts };
}

/** The channel's number, and the range of its signal. */
function paintLabels(
  to: CanvasRenderingContext2D,
  signal: Signal | null,
  channels: readonly number[],
  pitch: number,
): void {
  const family = getComputedStyle(to.canvas).fontFamily;
  const height = pitch - CHANNEL_GAP;
  to.textAlign = "right";
  channels.forEach((channel, row) => {
    const top = row * pitch;
    to.font = `600 11px ${family}`;
    to.fillStyle = themeColour("--text");
    to.textBaseline = "middle";
    to.fillText(`${channel}`, LABELS - 6, top + height / 2);
    if (!signal || channel >= signal.channels) return;
    const [low, high] = rangeOf(signal, channel);
    to.font = `10px ${family}`;
    to.fillStyle = themeColour("--mute");
    to.textBaseline = "top";
    to.fillText(short(high), LABELS - 6, top);
    to.textBaseline = "bottom";
    to.fillText(short(low), LABELS - 6, top + height);
  });
}

const short = (value: number): string => String(Number(value.toPrecision(2)));
