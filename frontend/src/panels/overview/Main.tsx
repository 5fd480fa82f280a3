/** A card per run, then what the runs make of each probe sample. */
import { moveSample } from "../../context";
import { useKeys } from "../../keys";
import type { PanelContext } from "../../types";
import { Further } from "./Further";
import { allRows, shownRows } from "./model";
import { Outputs } from "./Outputs";
import { ProbeTable } from "./ProbeTable";
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
  const summaries = context.runs.value.flatMap((run) => summaryOf(run, context.series.value) ?? []);
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
      <Outputs context={context} />
      <Further />
      {allRows.value.length > 0 && <ProbeTable context={context} />}
    </>
  );
}
