/** How far each method can be believed: what failed, every measure, curves, agreement, drift. */
import { epochWords } from "../../../moments";
import type { PanelContext } from "../../../types";
import { RunName } from "../../../ui/RunName";
import { modelOf } from "../model";
import type { Space } from "../settings";
import { runsIn } from "../space";
import { Agreement } from "./Agreement";
import { Curves } from "./Curves";
import { Drift } from "./Drift";
import { MeasureTable } from "./MeasureTable";
import { Missing } from "./Missing";
import { gapIn, type Measured, measuredAt, measuredIn } from "./measured";
import { OverTime } from "./OverTime";
import { Verdicts } from "./Verdicts";

const RECIPE = `from lightning.pytorch import Trainer
from lightning_callbacks import AttributionMonitor, ExplanationQualityMonitor

trainer = Trainer(callbacks=[AttributionMonitor(), ExplanationQualityMonitor()])`;

interface Props {
  readonly context: PanelContext;
  readonly space: Space;
}

export function Trust({ context, space }: Props) {
  const model = modelOf(context, space);
  const own = runsIn(context, space);
  const runs = own.map((run) => ({ run, measured: measuredAt(context, run) }));
  const found = runs.filter(({ measured }) => measured);
  const why = gapIn(context.series.value, own, ["explanation_quality"]);
  const drifting = model.tracks.value.length > 0;
  return (
    <div class="att" data-testid="attributions-trust">
      {found.length === 0 && (
        <Missing
          question="How far can each explanation be believed?"
          recipe={RECIPE}
          testId="trust-missing"
          why={why}
        />
      )}
      {found.map(
        ({ run, measured }) => measured && <RunCard key={run} {...{ context, measured }} />,
      )}
      {drifting && <Drift context={context} model={model} />}
    </div>
  );
}

function RunCard({ context, measured }: { context: PanelContext; measured: Measured }) {
  const { run, epoch, target } = measured;
  const over = measuredIn(context.series.value, run);
  return (
    <article class="card" data-testid="trust-run" data-run={run}>
      <div class="title">
        <span class="dot" style={{ background: context.runColour(run) }} />
        <b>
          <RunName run={run} />
        </b>
        <span class="mute num">
          {epochWords(epoch)} · target {target}
        </span>
      </div>
      <Verdicts measured={measured} />
      <MeasureTable measured={measured} />
      <div class="att-cards">
        <Curves measured={measured} context={context} />
        <Agreement measured={measured} context={context} />
      </div>
      {over.length > 1 && <OverTime measured={over} context={context} />}
    </article>
  );
}
