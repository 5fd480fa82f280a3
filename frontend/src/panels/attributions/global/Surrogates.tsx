/** What a linear model and a small tree make of the model, and how far they may stand for it. */
import { plural } from "../../../format";
import { epochWords, indexAtOrBefore } from "../../../moments";
import type { PanelContext } from "../../../types";
import { RunName } from "../../../ui/RunName";
import { Select } from "../../../ui/Select";
import { plain } from "../bind";
import type { Space } from "../settings";
import { runsIn } from "../space";
import { Coefficients } from "./Coefficients";
import { Fidelities, FidelityCurves } from "./Fidelity";
import { shown } from "./settings";
import { type Surrogate, surrogatesOf } from "./surrogate";
import { Tree } from "./Tree";

interface AllProps {
  readonly context: PanelContext;
  readonly space: Space;
}

export function Surrogates({ context, space }: AllProps) {
  const { series } = context;
  const runs = runsIn(context, space)
    .map((run) => surrogatesOf(series.value, run))
    .filter((all) => all.length > 0);
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
        {tree && <Tree {...{ tree, features }} outputs={outputs} output={c} />}
        {all.length > 1 && <FidelityCurves {...{ context, all, now }} />}
      </div>
    </article>
  );
}
