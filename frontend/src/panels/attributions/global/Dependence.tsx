/** How the attribution to one feature depends on its value, and on another feature beside it. */
import { useMemo } from "preact/hooks";
import { segment } from "../../../chart/draw";
import type { PanelContext } from "../../../types";
import { Select } from "../../../ui/Select";
import { Canvas, type Spot } from "../../layers/Canvas";
import { brief, exact, FONT } from "../../layers/draw";
import type { TooltipText } from "../../layers/Tooltip";
import { plain } from "../bind";
import { type Feature, valueWords } from "../tabular/features";
import { themeAt } from "../theme";
import { write } from "../write";
import { drawDots } from "./dots";
import { placeOf } from "./model";
import { HINT, partnerOf, type Scatter, scatterOf } from "./scatter";
import { shown } from "./settings";
import type { FeatureMeans, Summary } from "./summary";
import { pointNear } from "./swarm";

const HEIGHT = 230; // pixels
const MARGIN = { left: 44, top: 8, right: 8, bottom: 24 };
const BY_HINT = ""; // of the list of features: the one that interacts most
const ALONE = "none";

interface Props {
  readonly context: PanelContext;
  readonly summary: Summary;
  readonly feature: string;
}

export function Dependence({ context, summary, feature }: Props) {
  const { table } = summary;
  const f = placeOf(summary, feature);
  // Read here, so that another theme draws anew.
  const dark = context.dark.value;
  const by = table && f >= 0 ? colouring(table, f) : -1;
  const scatterAt = useMemo(() => scattersOf(table, f, by), [table, f, by]);
  if (!table?.swarm || !table.values || f < 0) return null;
  return (
    <section aria-label={`Dependence on ${feature}`} data-testid="overall-dependence">
      <div class="att-method">
        <b class="clip">Attribution by {feature}</b>
        <span class="mute clip">{table.features[f].unit ?? ""}</span>
      </div>
      <Canvas
        height={HEIGHT}
        label={`Attribution to ${feature} by its value`}
        testId="overall-scatter"
        draw={(to, width) => {
          const scatter = scatterAt(width);
          if (scatter) drawScatter(to, scatter, boxOf(width), dark);
        }}
        tell={(spot) => toldOf(scatterAt(Math.round(spot.width)), summary, [f, by], spot)}
      />
      <ColouredBy table={table} f={f} by={by} />
    </section>
  );
}

/** Returns what computes the points for a width, each once. */
function scattersOf(table: FeatureMeans | null, f: number, by: number) {
  const known = new Map<number, Scatter | null>();
  return (width: number): Scatter | null => {
    const found = known.get(width);
    if (found !== undefined) return found;
    const scatter = table && f >= 0 ? scatterOf(table, f, by, boxOf(width)) : null;
    known.set(width, scatter);
    return scatter;
  };
}

/** Returns the feature that colours the points: the chosen one, or the one that interacts most. */
function colouring(table: FeatureMeans, f: number): number {
  const chosen = shown.colourBy.value;
  if (chosen === ALONE) return -1;
  const found = table.features.findIndex(({ name }) => name === chosen);
  return found >= 0 ? found : (partnerOf(table, f)?.feature ?? -1);
}

function ColouredBy({ table, f, by }: { table: FeatureMeans; f: number; by: number }) {
  const partner = partnerOf(table, f);
  const names = table.features.map(({ name }) => name);
  return (
    <div class="att-colour">
      <span data-screen-only>
        <Select
          label="Colour"
          choices={[
            { value: BY_HINT, label: partner ? "strongest interaction" : "one colour" },
            { value: ALONE, label: "none" },
            ...plain(names.filter((_, i) => i !== f)),
          ]}
          value={shown.colourBy.value ?? BY_HINT}
          testId="overall-colour"
          onChange={(value) => {
            shown.colourBy.value = value === BY_HINT ? null : value;
          }}
        />
      </span>
      {by >= 0 && (
        <p class="mute">
          <i class="att-viridis" /> {names[by]}, {extremesOf(table.features[by])}
        </p>
      )}
      <p class="mute">{partnerWords(names, partner)}</p>
    </div>
  );
}

function extremesOf({ categories }: Feature): string {
  return categories ? `${categories[0]} to ${categories.at(-1)}` : "low to high";
}

function partnerWords(
  names: readonly string[],
  partner: { readonly feature: number; readonly strength: number } | null,
): string {
  if (!partner) return "No hints at interactions are on record.";
  const { feature, strength } = partner;
  const words = `${names[feature]} (${strength.toFixed(2)} of 1)`;
  return strength < HINT
    ? `No interaction stands out; the strongest hint is ${words}.`
    : `At equal values, the attribution follows ${words}: the two interact.`;
}

function boxOf(width: number) {
  const { left, top, right, bottom } = MARGIN;
  return { left, top, right: width - right, bottom: HEIGHT - bottom };
}

type Box = ReturnType<typeof boxOf>;

function drawScatter(
  to: CanvasRenderingContext2D,
  scatter: Scatter,
  box: Box,
  dark: boolean,
): void {
  const theme = themeAt(to.canvas);
  const { across, up, categories } = scatter;
  to.lineWidth = 1;
  for (const tick of up.ticks) {
    to.strokeStyle = tick === 0 ? theme.mute : theme.line;
    const y = Math.round(up.place(tick)) + 0.5;
    segment(to, box.left, y, box.right, y);
    write(to, brief(tick), 2, y, FONT, theme.mute, MARGIN.left - 6);
  }
  const y = box.bottom + 13;
  if (categories) {
    const column = across.place(1) - across.place(0);
    categories.forEach((name, i) => {
      write(to, name, across.place(i) - column * 0.46, y, FONT, theme.mute, column * 0.92);
    });
  } else {
    for (const tick of across.ticks)
      write(to, brief(tick), across.place(tick) - 6, y, FONT, theme.mute);
  }
  drawDots(to, scatter, dark);
}

function toldOf(
  scatter: Scatter | null,
  { table, unit }: Summary,
  [f, by]: readonly [number, number],
  { x, y }: Spot,
): TooltipText | null {
  const n = scatter ? pointNear(scatter, x, y) : -1;
  if (n < 0 || !table?.swarm || !table.values) return null;
  const F = table.features.length;
  const { data } = table.values;
  const told = (g: number): [string, string] => {
    const { name } = table.features[g];
    return [name, valueWords(table.features[g], Number(data[n * F + g]))];
  };
  const attribution = `${exact(Number(table.swarm.data[n * F + f]))} ${unit}`;
  const facts = [told(f), ...(by >= 0 ? [told(by)] : [])];
  return { title: `Sample ${n} of the summary`, facts: [...facts, ["attribution", attribution]] };
}
