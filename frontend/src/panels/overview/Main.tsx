/** A card per run, then what the runs make of each probe sample. */
import { moveSample } from "../../context";
import { useKeys } from "../../keys";
import { catalog } from "../../state";
import type { PanelContext } from "../../types";
import { RunName } from "../../ui/RunName";
import { ChosenCards } from "./ChosenCard";
import { Further } from "./Further";
import { alerts, allRows, shownRows } from "./model";
import { Outputs } from "./Outputs";
import { ProbeTable } from "./ProbeTable";
import { RunAlerts } from "./RunAlerts";
import { RunCard } from "./RunCard";
import { summaryOf } from "./summary";

const FULL_CARDS = 3; // with more runs the cards fold, so that the table stays in sight

const order = () => shownRows.peek().map(({ sample }) => sample.hash);

const TABLE_KEYS = [
  { key: "ArrowUp", label: "previous sample of the table", run: () => moveSample(-1, order()) },
  { key: "ArrowDown", label: "next sample of the table", run: () => moveSample(1, order()) },
];

export function Main({ context }: { readonly context: PanelContext }) {
  useKeys(TABLE_KEYS);
  const listedOf = (run: string) =>
    catalog.value?.runs.find((listed) => listed.run === run)?.series ?? [];
  const summaries = context.runs.value.flatMap(
    (run) => summaryOf(run, context.series.value, listedOf(run)) ?? [],
  );
  const compact = summaries.length > FULL_CARDS;
  return (
    <>
      {summaries.length > 0 && (
        <div class={`ov-runs ${compact ? "compact" : ""}`}>
          {summaries.map((summary) => (
            <RunCard
              key={summary.run}
              summary={summary}
              rows={allRows.value}
              compact={compact}
              context={context}
            />
          ))}
        </div>
      )}
      <OtherAlerts shown={summaries.map(({ run }) => run)} context={context} />
      <ChosenCards context={context} />
      <Outputs context={context} />
      <Further />
      {allRows.value.length > 0 && <ProbeTable context={context} />}
    </>
  );
}

interface OtherProps {
  readonly shown: readonly string[];
  readonly context: PanelContext;
}

/** Alerts of runs that have no card. */
function OtherAlerts({ shown, context }: OtherProps) {
  const others = context.runs.value.filter(
    (run) => !shown.includes(run) && alerts.value.some((alert) => alert.run === run),
  );
  return (
    <>
      {others.map((run) => (
        <article key={run} class="card" aria-label={`Alerts of ${run}`}>
          <div class="title">
            <span class="dot" style={{ background: context.runColour(run) }} />
            <b>
              <RunName run={run} />
            </b>
          </div>
          <RunAlerts run={run} />
        </article>
      ))}
    </>
  );
}
