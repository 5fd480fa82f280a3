/** What a model rests on over many samples: important features, tokens, places; simple imitations. */
import type { PanelContext } from "../../../types";
import { modelOf } from "../model";
import { Missing } from "../quality/Missing";
import { gapIn } from "../quality/measured";
import type { Space } from "../settings";
import { runsIn } from "../space";
import { Importance } from "./Importance";
import {
  choicesOf,
  chosenKey,
  featureOrder,
  listed,
  type RunSummaries,
  runSummaries,
} from "./model";
import { RunSummary } from "./RunSummary";
import { Surrogates } from "./Surrogates";
import { shown } from "./settings";

const RECIPE = `from lightning.pytorch import Trainer
from lightning_callbacks import GlobalAttributionMonitor, SurrogateMonitor

# Surrogates are for tables; of other inputs name a layer: SurrogateMonitor(layer="...").
trainer = Trainer(callbacks=[GlobalAttributionMonitor(), SurrogateMonitor()])`;

const KINDS = ["attribution_summary", "surrogate"];

interface Props {
  readonly context: PanelContext;
  readonly space: Space;
}

export function Overall({ context, space }: Props) {
  const model = modelOf(context, space);
  const runs = runSummaries(context, model, chosenKey(choicesOf(context, model)));
  const names = featureOrder(runs);
  const imitated = context.series.value.some(({ kind }) => kind === "surrogate");
  if (runs.length === 0 && !imitated) {
    return (
      <Missing
        question="What does the model rest on?"
        recipe={RECIPE}
        testId="overall-missing"
        why={gapIn(context.series.value, context.runs.value, KINDS)}
      />
    );
  }
  return (
    <div class="att" data-testid="attributions-overall">
      {names.length > 0 && <Features {...{ context, runs, names }} />}
      {runs.map((each) => (
        <RunSummary key={each.run} {...{ context, space, names }} summaries={each} />
      ))}
      <Without {...{ context, space }} shown={runs.map(({ run }) => run)} />
      <Surrogates context={context} space={space} />
    </div>
  );
}

/** Runs that recorded nothing by the chosen method. */
function Without({ context, space, shown: found }: Props & { readonly shown: readonly string[] }) {
  const others = runsIn(context, space).filter((run) => !found.includes(run));
  if (others.length === 0 || found.length === 0) return null;
  return (
    <p class="mute" data-testid="overall-without">
      No summary by this method: {others.join(", ")}.
    </p>
  );
}

interface FeaturesProps {
  readonly context: PanelContext;
  readonly runs: readonly RunSummaries[];
  readonly names: readonly string[];
}

function Features({ context, runs, names }: FeaturesProps) {
  const now = runs.flatMap((each) => each.now ?? []);
  return (
    <section class="card" aria-label="Importance of features">
      <div class="title">
        <b>What counts</b>
        <span class="mute clip">
          mean |attribution| of each feature, {now[0]?.unit} · whiskers: 95 %
        </span>
        {runs.length > 1 && <RunKey context={context} runs={runs} />}
      </div>
      <Importance {...{ context, runs, names }} />
      {names.length > listed(names).length || shown.allFeatures.value ? (
        <button
          type="button"
          class="plain"
          data-testid="overall-all-features"
          onClick={() => {
            shown.allFeatures.value = !shown.allFeatures.value;
          }}
        >
          {shown.allFeatures.value ? "the largest alone" : `all ${names.length} features`}
        </button>
      ) : null}
    </section>
  );
}

function RunKey({ context, runs }: Pick<FeaturesProps, "context" | "runs">) {
  return (
    <span class="att-key">
      {runs.map(({ run }) => (
        <span key={run} class="clip">
          <i class="dot" style={{ background: context.runColour(run) }} /> {run}
        </span>
      ))}
    </span>
  );
}
