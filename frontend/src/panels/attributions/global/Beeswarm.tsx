/** Every sample's attribution to every feature: to the right for, to the left against. */
import { useMemo } from "preact/hooks";
import { segment } from "../../../chart/draw";
import { linearScale, niceTicks, type Scale } from "../../../chart/scales";
import type { PanelContext } from "../../../types";
import { Canvas, type Spot } from "../../layers/Canvas";
import { brief, exact, FONT } from "../../layers/draw";
import type { TooltipText } from "../../layers/Tooltip";
import { type Feature, valueWords } from "../tabular/features";
import { themeAt } from "../theme";
import { write } from "../write";
import { drawDots } from "./dots";
import { placeOf } from "./model";
import { shown } from "./settings";
import type { FeatureMeans, Summary } from "./summary";
import { pointNear, type Swarm, swarmOf } from "./swarm";

const ROW = 26; // pixels
const FOOT = 22;
const LEFT = 116;
const RIGHT = 10;

interface Props {
  readonly context: PanelContext;
  readonly summary: Summary;
  readonly names: readonly string[];
}

export function Beeswarm({ context, summary, names }: Props) {
  const { table } = summary;
  // Read here, so that another theme draws anew.
  const dark = context.dark.value;
  const key = names.join("\n");
  const layouts = useMemo(() => new Map<number, Layout>(), [table, key]);
  if (!table?.swarm) return null;
  const rows = names.map((name) => placeOf(summary, name)).filter((f) => f >= 0);
  const layoutAt = (width: number): Layout => {
    const known = layouts.get(width) ?? newLayout(table, rows, width);
    layouts.set(width, known);
    return known;
  };
  return (
    <Canvas
      height={rows.length * ROW + FOOT}
      label={`Attributions of ${table.swarm.shape[0]} samples, feature by feature`}
      testId="overall-swarm"
      draw={(to, width) => drawSwarm(to, layoutAt(width), { table, rows, width, dark })}
      tell={(spot) => toldOf(layoutAt(Math.round(spot.width)), summary, spot)}
      onPick={({ y }) => {
        const f = rows[Math.floor(y / ROW)];
        if (f !== undefined) shown.feature.value = table.features[f].name;
      }}
    />
  );
}

interface Layout {
  readonly swarm: Swarm;
  readonly x: Scale;
}

function newLayout(table: FeatureMeans, rows: readonly number[], width: number): Layout {
  const { data, shape } = table.swarm ?? { data: new Float32Array(0), shape: [0, 0] };
  const [count, F] = shape;
  const x = scaleOf(data as Float32Array, rows, F, width);
  const values = (table.values?.data as Float32Array | undefined) ?? null;
  const input = { attributions: data as Float32Array, values, count, width: F, rows };
  return { x, swarm: swarmOf(input, { rowHeight: ROW, x: x.place }) };
}

function scaleOf(data: Float32Array, rows: readonly number[], F: number, width: number): Scale {
  let [low, high] = [0, 0];
  for (const f of rows) {
    for (let i = f; i < data.length; i += F) {
      const value = data[i];
      if (value < low && value !== Number.NEGATIVE_INFINITY) low = value;
      if (value > high && value !== Number.POSITIVE_INFINITY) high = value;
    }
  }
  const span = [low, high > low ? high : low + 1] as const;
  return linearScale(span, [LEFT + 6, width - RIGHT], niceTicks(span, (width - LEFT) / 50));
}

interface Scene {
  readonly table: FeatureMeans;
  readonly rows: readonly number[];
  readonly width: number;
  readonly dark: boolean;
}

function drawSwarm(
  to: CanvasRenderingContext2D,
  { swarm, x }: Layout,
  { table, rows, width, dark }: Scene,
): void {
  const theme = themeAt(to.canvas);
  const foot = rows.length * ROW;
  to.lineWidth = 1;
  for (const tick of x.ticks) {
    to.strokeStyle = tick === 0 ? theme.mute : theme.line;
    const at = Math.round(x.place(tick)) + 0.5;
    segment(to, at, 0, at, foot);
    write(to, brief(tick), at - 8, foot + FOOT / 2, FONT, theme.mute);
  }
  to.strokeStyle = theme.line;
  rows.forEach((f, r) => {
    const font = table.features[f].name === shown.feature.value ? `600 ${FONT}` : FONT;
    write(to, table.features[f].name, 0, (r + 0.5) * ROW, font, theme.text, LEFT - 8);
    if (r > 0) segment(to, LEFT, r * ROW + 0.5, width - RIGHT, r * ROW + 0.5);
  });
  drawDots(to, swarm, dark);
}

function toldOf({ swarm }: Layout, { table, unit }: Summary, spot: Spot): TooltipText | null {
  const i = pointNear(swarm, spot.x, spot.y);
  if (i < 0 || !table?.swarm) return null;
  const [n, f] = [swarm.sample[i], swarm.feature[i]];
  const F = table.features.length;
  const own: Feature = table.features[f];
  const value = table.values ? Number(table.values.data[n * F + f]) : Number.NaN;
  return {
    title: `${own.name}, sample ${n} of the summary`,
    facts: [
      ["value", valueWords(own, value) || "not on record"],
      ["attribution", `${exact(Number(table.swarm.data[n * F + f]))} ${unit}`],
    ],
  };
}
