/** A sample's channels by one run and method, on a canvas; figures where the pointer is. */
import type { Sample } from "../../../samples";
import type { PanelContext } from "../../../types";
import { sizedContext, themeColour } from "../../../ui/canvas";
import { HoverCanvas, type Told } from "../HoverCanvas";
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
  // Read here, and not while painting, so that another theme is drawn at once.
  const dark = context.dark.value;
  const { diverging } = currentLook(dark);
  const signal = signalIn(content.source, sample);
  const left = labelled ? LABELS : 0;
  return (
    <HoverCanvas
      class="attr-plot"
      label={`Sample ${sample.name} by ${who}: attribution of ${channels.length} channels`}
      testId={testId}
      data={{ "data-channels": channels.length }}
      paint={(canvas, width) => paint(canvas, width, props, { signal, dark, diverging })}
      tell={({ x, y, width }) => {
        const share = (x - left) / (width - left);
        const channel = channels[Math.floor(y / pitch)];
        const outside = share < 0 || share >= 1 || channel === undefined;
        return outside ? null : told(content, signal, channel, share, who);
      }}
    />
  );
}

interface Shown {
  readonly signal: Signal | null;
  readonly dark: boolean;
  readonly diverging: ReturnType<typeof currentLook>["diverging"];
}

function paint(
  canvas: HTMLCanvasElement,
  width: number,
  { content, channels, pitch, labelled }: Props,
  { signal, dark, diverging }: Shown,
): void {
  const left = labelled ? LABELS : 0;
  const to = sizedContext(canvas, width, channels.length * pitch - CHANNEL_GAP);
  const drawing = { map: content.map(), signal, scale: content.scale, channels };
  paintChannels(
    to,
    drawing,
    { left, width: width - left, pitch },
    {
      diverging,
      dark,
      line: themeColour("--text"),
      halo: dark ? "rgb(36 38 41 / 60%)" : "rgb(255 255 255 / 70%)",
      gap: themeColour("--ground"),
    },
  );
  if (labelled) paintLabels(to, signal, channels, pitch);
}

function signalIn({ probe }: Source, { hash }: Sample): Signal | null {
  const n = probe.places.get(hash);
  return n === undefined ? null : signalOf(probe, n);
}

function told(
  content: Content,
  signal: Signal | null,
  channel: number,
  x: number,
  who: string,
): Told {
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
