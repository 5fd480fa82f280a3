/** What a model rests on over many samples: important features, tokens, places; simple imitations. */
import { plural } from "../../../format";
import { epochWords } from "../../../moments";
import { className } from "../../../samples";
import type { PanelContext } from "../../../types";
import { RunName } from "../../../ui/RunName";
import { modelOf } from "../model";
import { MethodBadges } from "../quality/MethodBadges";
import { Missing } from "../quality/Missing";
import { gapIn } from "../quality/measured";
import type { Space } from "../settings";
import { Beeswarm } from "./Beeswarm";
import { ClassMeans } from "./ClassMeans";
import { Dependence } from "./Dependence";
import { Importance } from "./Importance";
import {
  choicesOf,
  chosenKey,
  featureInDepth,
  featureOrder,
  listed,
  type RunSummaries,
  runSummaries,
} from "./model";
import { OverEpochs } from "./OverEpochs";
import { overspent, privacyWords } from "./privacy";
import { Surrogates } from "./Surrogates";
import { shown } from "./settings";
import type { Summary } from "./summary";
import { Tokens } from "./Tokens";

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
        <RunCard key={each.run} {...{ context, space, names }} summaries={each} />
      ))}
      <Without context={context} shown={runs.map(({ run }) => run)} />
      <Surrogates context={context} space={space} />
    </div>
  );
}

/** Runs that recorded nothing by the chosen method. */
function Without({ context, shown: found }: { context: PanelContext; shown: readonly string[] }) {
  const others = context.runs.value.filter((run) => !found.includes(run));
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

interface CardProps extends Props {
  readonly names: readonly string[];
  readonly summaries: RunSummaries;
}

function RunCard({ context, space, names, summaries }: CardProps) {
  const { run, now } = summaries;
  const feature = featureInDepth(names);
  return (
    <article class="card" data-testid="overall-run" data-run={run}>
      <div class="title">
        <span class="dot" style={{ background: context.runColour(run) }} />
        <b class="clip">
          <RunName run={run} />
        </b>
        {now && <span class="mute clip">{aboutWords(now)}</span>}
        {now && <MethodBadges context={context} run={run} method={now.method} />}
      </div>
      {!now && <p class="mute">Nothing was recorded up to here.</p>}
      {now?.ofProbe && <OfProbe summary={now} />}
      {now?.privacy && <PrivacyNote summary={now} />}
      {now && (
        <>
          <div class="att-cards wide">
            {now.table?.swarm && (
              <section aria-label="Beeswarm">
                <div class="att-method">
                  <b>Every sample</b>
                  <span class="mute clip">
                    {now.signed ? "to the right: speaks for the target" : "magnitudes"}
                  </span>
                </div>
                <Beeswarm {...{ context, names: listed(names) }} summary={now} />
                <p class="mute att-foot">
                  colour: the feature's value, <i class="att-viridis" /> low to high
                </p>
              </section>
            )}
            {feature !== null && <Dependence {...{ context, feature }} summary={now} />}
            {now.table && <OverEpochs {...{ context, summaries, names }} />}
          </div>
          <ClassMeans context={context} summary={now} isSeries={space === "series"} />
          <Tokens context={context} summary={now} />
        </>
      )}
    </article>
  );
}

function aboutWords({ title, target, samples, epoch, classNames }: Summary): string {
  const fixed = target.match(/^class (\d+)$/);
  const named = fixed ? className(classNames, Number(fixed[1])) : target;
  return `${title} · target ${named} · ${plural(samples, "sample")} · ${epochWords(epoch)}`;
}

function OfProbe({ summary }: { readonly summary: Summary }) {
  return (
    <p class="att-note" role="note" data-testid="overall-of-probe">
      Made from the {plural(summary.samples, "sample")} of the probe alone, with intervals by the
      normal law; GlobalAttributionMonitor() records more samples, and hints at interactions.
    </p>
  );
}

function PrivacyNote({ summary }: { readonly summary: Summary }) {
  const { privacy, unit } = summary;
  if (!privacy) return null;
  return (
    <div class={`att-note ${overspent(privacy) ? "bad" : ""}`} role="note" data-testid="privacy">
      {privacyWords(privacy, unit).map((words) => (
        <p key={words}>{words}</p>
      ))}
      {overspent(privacy) && <p>More has been spent than the budget allows.</p>}
    </div>
  );
}
