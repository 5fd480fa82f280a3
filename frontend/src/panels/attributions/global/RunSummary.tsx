/** What one run's predictions have in common at the scrubbed moment. */
import { plural } from "../../../format";
import { epochWords } from "../../../moments";
import { className } from "../../../samples";
import type { PanelContext } from "../../../types";
import { RunName } from "../../../ui/RunName";
import { MethodBadges } from "../quality/MethodBadges";
import type { Space } from "../settings";
import { Beeswarm } from "./Beeswarm";
import { ClassMeans } from "./ClassMeans";
import { Dependence } from "./Dependence";
import { featureInDepth, listed, type RunSummaries } from "./model";
import { OverEpochs } from "./OverEpochs";
import { overspent, privacyWords } from "./privacy";
import type { Summary } from "./summary";
import { Tokens } from "./Tokens";

interface Props {
  readonly context: PanelContext;
  readonly space: Space;
  /** Of the features, by falling importance. */
  readonly names: readonly string[];
  readonly summaries: RunSummaries;
}

export function RunSummary({ context, space, names, summaries }: Props) {
  const { run, now } = summaries;
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
      {now?.table && <TableSummary {...{ context, names, summaries }} now={now} />}
      {now && <ClassMeans context={context} summary={now} isSeries={space === "series"} />}
      {now && <Tokens context={context} summary={now} />}
    </article>
  );
}

type TableProps = Omit<Props, "space"> & { readonly now: Summary };

function TableSummary({ context, names, summaries, now }: TableProps) {
  const feature = featureInDepth(names);
  return (
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
      <OverEpochs {...{ context, summaries, names }} />
    </div>
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
