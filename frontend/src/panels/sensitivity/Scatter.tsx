/** How far the estimates can be believed: cell by cell against the last exact scan. */

import { batch } from "@preact/signals";
import { useRef } from "preact/hooks";
import { epochWords } from "../../moments";
import type { PanelContext } from "../../types";
import { Term } from "../../ui/Term";
import { Canvas, type Spot } from "../layers/Canvas";
import { theme } from "../layers/draw";
import { level, measure, metric, unit } from "./model";
import { paintScatter, pairingAt, pairNear, type ScatterScene } from "./points";
import { agreementOf, cellPairs } from "./rank";
import type { Track } from "./readings";
import { chosen } from "./settings";
import { estimateName, formatValue, measureLabel } from "./words";

const HEIGHT = 250;

interface Props {
  readonly track: Track;
  readonly context: PanelContext;
}

export function Scatter({ track, context }: Props) {
  const shown = measure.value;
  const readings = track.readings.filter(({ values }) => values[shown]);
  const pairing = pairingAt(readings, context.stepIn(track.run));
  if (!pairing) return null;
  const { estimate, exact } = pairing;
  const pairs = cellPairs(estimate, exact, shown);
  if (pairs.length === 0) return null;
  const { overall, across } = agreementOf(pairs);
  return (
    <section class="card" aria-label="Estimate against exact" data-testid="sensitivity-scatter">
      <div class="title">
        <b>Estimate against exact</b>
        <span class="mute clip">
          <Term
            group="estimates"
            name={estimate.estimate ?? ""}
            label={estimateName(estimate.estimate ?? "")}
          />{" "}
          of {epochWords(estimate.epoch)} against the scan of {epochWords(exact.epoch)}
        </span>
      </div>
      <Points
        scene={{
          height: HEIGHT,
          pairs,
          logarithmic: shown === "kl" || shown === "kl_batch",
          selected: unit.value,
          level: level.value,
        }}
        levels={exact.levelNames}
        dark={context.dark.value}
      />
      <p class="se-rho num">
        <b data-testid="sensitivity-across">ρ {rho(across)}</b> across units at a level ·{" "}
        {rho(overall)} overall,{" "}
        <span class="mute">which rises with every curve · accent: this unit, dark: this level</span>
      </p>
    </section>
  );
}

function rho(value: number): string {
  return Number.isNaN(value) ? "–" : value.toFixed(2);
}

interface PointsProps {
  readonly scene: Omit<ScatterScene, "width">;
  readonly levels: readonly string[];
  readonly dark: boolean;
}

function Points({ scene, levels, dark }: PointsProps) {
  const width = useRef(400);
  const near = ({ x, y }: Spot) => pairNear({ ...scene, width: width.current }, x, y);
  return (
    <Canvas
      key={String(dark)}
      height={scene.height}
      label={`Estimated against exact ${measureLabel(measure.value, metric.value)}, every cell`}
      testId="sensitivity-points"
      draw={(to, wide) => {
        width.current = wide;
        paintScatter(to, { ...scene, width: wide }, theme());
      }}
      tell={(spot) => {
        const pair = near(spot);
        if (!pair) return null;
        const figure = (value: number) => formatValue(measure.value, value);
        return {
          title: `${pair.unit} at ${levels[pair.level]}`,
          facts: [
            ["estimate", figure(pair.estimate)],
            ["exact", figure(pair.exact)],
          ],
        };
      }}
      onPick={(spot) => {
        const pair = near(spot);
        if (!pair) return;
        batch(() => {
          unit.value = pair.unit;
          chosen.level.value = pair.level;
        });
      }}
    />
  );
}
