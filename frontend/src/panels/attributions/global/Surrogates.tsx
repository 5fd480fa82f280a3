/** What a linear model and a small tree make of the model, and how far they may stand for it. */
import { LineChart } from "../../../chart/LineChart";
import { paletteColour } from "../../../colours";
import { axis, here, scrubTo, timeline } from "../../../context";
import { plural, score } from "../../../format";
import { epochWords, indexAtOrBefore } from "../../../moments";
import type { PanelContext } from "../../../types";
import { RunName } from "../../../ui/RunName";
import { Select } from "../../../ui/Select";
import { timeName } from "../../layers/draw";
import { plain } from "../bind";
import type { Space } from "../settings";
import { recordedSpaces } from "../space";
import { signedWords } from "../tabular/words";
import { Coefficients } from "./Coefficients";
import { shown } from "./settings";
import { fidelityOf, linesOf, type Surrogate, surrogatesOf, TITLES } from "./surrogate";

interface AllProps {
  readonly context: PanelContext;
  readonly space: Space;
}

export function Surrogates({ context, space }: AllProps) {
  const { series } = context;
  const own = context.runs.value.filter((run) => {
    return recordedSpaces(series.value.filter((entry) => entry.run === run)).includes(space);
  });
  const runs = own.map((run) => surrogatesOf(series.value, run)).filter((all) => all.length > 0);
  if (runs.length === 0 && space === "tabular") {
    return (
      <p class="mute">
        SurrogateMonitor() would fit a linear model and a small tree beside these, and say how far
        they may stand for the model.
      </p>
    );
  }
  return (
    <>
      {runs.map((all) => {
        const now = all[0] && all[indexAtOrBefore(all, context.stepIn(all[0].run))];
        return now && <RunCard key={now.run} {...{ context, all, now }} />;
      })}
    </>
  );
}

interface Props {
  readonly context: PanelContext;
  readonly all: readonly Surrogate[];
  readonly now: Surrogate;
}

function RunCard({ context, all, now }: Props) {
  const { run, outputs, features, models, fitted, heldOut } = now;
  const chosen = outputs.indexOf(shown.output.value ?? "");
  const c = chosen >= 0 ? chosen : outputs.length - 1;
  const tree = models.find((model) => model.tree)?.tree;
  return (
    <article class="card" data-testid="surrogate" data-run={run}>
      <div class="title">
        <span class="dot" style={{ background: context.runColour(run) }} />
        <b class="clip">
          <RunName run={run} />
        </b>
        <span class="clip">imitated by simpler models</span>
        <span class="mute clip num">
          {epochWords(now.epoch)} · fitted to {plural(fitted, "sample")}, checked on {heldOut}{" "}
          others
        </span>
      </div>
      <Fidelities now={now} />
      {outputs.length > 1 && (
        <div class="att-output" data-screen-only>
          <Select
            label="Output"
            choices={plain(outputs)}
            value={outputs[c]}
            testId="surrogate-output"
            onChange={(value) => {
              shown.output.value = value;
            }}
          />
        </div>
      )}
      <div class="att-cards">
        <Coefficients surrogate={now} output={c} dark={context.dark.value} />
        {tree && (
          <section aria-label="Tree" data-testid="surrogate-tree">
            <div class="att-method">
              <b>Decision tree</b>
              <span class="mute clip">{outputs[c]}, mean output in each leaf</span>
            </div>
            <ul class="att-tree">
              {linesOf(tree, features, c).map(({ depth, condition, samples, value }, i) => (
                // Lines of a tree have no names, and never change places.
                <li
                  key={`${i} ${condition}`}
                  style={{ paddingLeft: `${Math.max(0, depth - 1) * 20}px` }}
                >
                  <span class="clip">{condition || "all samples"}</span>
                  <span class="mute num">{samples}</span>
                  {value !== null && <b class="num">{signedWords(value)}</b>}
                </li>
              ))}
            </ul>
          </section>
        )}
        {all.length > 1 && <FidelityCurves {...{ context, all, now }} />}
      </div>
    </article>
  );
}

function Fidelities({ now }: { readonly now: Surrogate }) {
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

function FidelityCurves({ context, all, now }: Props) {
  const x = all.map(({ run, step }) => timeline.value.placeOf(run, step));
  const lines = now.models.flatMap(({ name }, m) =>
    CURVES.map(({ figure, label }, k) => ({
      label: `${name}: ${label}`,
      colour: paletteColour(2 * m + k, context.dark.value),
      x,
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
      />
    </section>
  );
}
