/** How well simple models imitate the model, in words and over training. */
import { along } from "../../../along";
import { LineChart } from "../../../chart/LineChart";
import { lookCloser } from "../../../closer";
import { paletteColour } from "../../../colours";
import { axis, here, scrubTo } from "../../../context";
import { score } from "../../../format";
import type { PanelContext } from "../../../types";
import { timeName } from "../../layers/draw";
import { fidelityOf, type Surrogate, TITLES } from "./surrogate";

/** Says of each imitation how far it may stand for the model. */
export function Fidelities({ now }: { readonly now: Surrogate }) {
  return (
    <ul class="att-verdicts">
      {now.models.map((model) => {
        const { level, words } = fidelityOf(model);
        return (
          <li key={model.name} data-testid={`fidelity-${model.name}`}>
            {level !== "good" && (
              <span class={`badge att-verdict ${level}`}>
                {level === "fail" ? "fails" : "doubtful"}
              </span>
            )}
            <b>{TITLES[model.name] ?? model.name}</b> <span>{words}</span>
          </li>
        );
      })}
    </ul>
  );
}

const CURVES = [
  { figure: "r2", label: "R²" },
  { figure: "agreement", label: "same class" },
] as const;

interface Props {
  readonly context: PanelContext;
  /** Of one run, by ascending step. */
  readonly all: readonly Surrogate[];
  readonly now: Surrogate;
}

export function FidelityCurves({ context, all, now }: Props) {
  const steps = all.map(({ step }) => step);
  const places = along(now.run, "surrogate", steps);
  const lines = now.models.flatMap(({ name }, m) =>
    CURVES.map(({ figure, label }, k) => ({
      label: `${name}: ${label}`,
      colour: paletteColour(2 * m + k, context.dark.value),
      ...places,
      y: all.map(({ models }) => {
        return models.find((model) => model.name === name)?.[figure] ?? Number.NaN;
      }),
    })),
  );
  return (
    <section aria-label="Fidelity">
      <div class="att-method">
        <b>Fidelity</b>
        <span class="mute clip">on samples they were not fitted to; 1: the same as the model</span>
      </div>
      <LineChart
        lines={lines.filter(({ y }) => !y.every(Number.isNaN))}
        xLabel={axis.value}
        label={`Fidelity over ${axis.value}s`}
        height={150}
        logarithmic={false}
        cursor={here.value}
        dark={context.dark.value}
        testId="surrogate-fidelity"
        formatX={timeName}
        formatY={score}
        onPick={scrubTo}
        onZoom={lookCloser}
      />
    </section>
  );
}
