/** The feature in depth: how much it counts in each run, which way, and with what. */
import { epochWords } from "../../../moments";
import type { PanelContext } from "../../../types";
import { exact } from "../../layers/draw";
import { FactTable } from "../FactTable";
import type { Fact } from "../facts";
import { modelOf } from "../model";
import { byMagnitude } from "../tabular/breakdown";
import { ordinal } from "../tabular/disagree";
import { intervalOf } from "./Importance";
import { choicesOf, chosenKey, featureInDepth, featureOrder, placeOf, runSummaries } from "./model";
import { partnerOf } from "./scatter";
import type { Summary } from "./summary";

export function FeatureDetail({ context }: { readonly context: PanelContext }) {
  const model = modelOf(context, "tabular");
  const runs = runSummaries(context, model, chosenKey(choicesOf(context, model)));
  const name = featureInDepth(featureOrder(runs));
  if (name === null) return <p class="mute">No feature is on record.</p>;
  const now = runs.flatMap((each) => (each.now && placeOf(each.now, name) >= 0 ? [each.now] : []));
  const feature = now[0]?.table?.features[placeOf(now[0], name)];
  return (
    <div class="depth" data-testid="feature-detail">
      <h3 class="named two-lines">{name}</h3>
      {feature?.unit && <p class="mute">in {feature.unit}</p>}
      {feature?.categories && <p class="mute">one of: {feature.categories.join(", ")}</p>}
      {now.map((summary) => (
        <section key={summary.run} class="att-feature" aria-label={summary.run}>
          <h3 class="named two-lines">
            <span class="dot" style={{ background: context.runColour(summary.run) }} />{" "}
            {summary.run} <span class="mute">{epochWords(summary.epoch)}</span>
          </h3>
          <FactTable facts={factsOf(summary, placeOf(summary, name))} />
        </section>
      ))}
    </div>
  );
}

function factsOf(summary: Summary, f: number): Fact[] {
  const { table, unit, method, title } = summary;
  if (!table) return [];
  const rank = byMagnitude(table.meanAbs).indexOf(f) + 1;
  const partner = partnerOf(table, f);
  return [
    ["method", title || method],
    ["rank", `${ordinal(rank)} of ${table.features.length}`],
    ["mean |attribution|", `${exact(table.meanAbs[f])} ${unit}`],
    ["95 % interval", rangeWords(intervalOf(summary, f))],
    ["mean attribution", table.mean ? exact(table.mean[f]) : "not recorded"],
    ["its 95 % interval", rangeWords(meanInterval(summary, f))],
    ["told from zero", zeroWords(meanInterval(summary, f))],
    ...(partner ? [["interacts most with", interactionWords(table, partner)] as const] : []),
  ];
}

function interactionWords(
  { features }: NonNullable<Summary["table"]>,
  { feature, strength }: { readonly feature: number; readonly strength: number },
): string {
  return `${features[feature].name} (${strength.toFixed(2)})`;
}

type Interval = readonly [number, number] | null;

function meanInterval({ table }: Summary, f: number): Interval {
  return table?.meanLow && table.meanHigh ? [table.meanLow[f], table.meanHigh[f]] : null;
}

function rangeWords(interval: Interval): string {
  return interval ? `${exact(interval[0])} to ${exact(interval[1])}` : "not recorded";
}

/** Whether the mean, with its sign, can be told from none at all. */
function zeroWords(interval: Interval): string {
  if (!interval) return "not recorded";
  return interval[0] <= 0 && interval[1] >= 0 ? "no: the interval contains zero" : "yes";
}
