/** Which summaries of the shown runs are drawn, and which of their features. */
import type { PanelContext } from "../../../types";
import type { Model } from "../model";
import { byMagnitude } from "../tabular/breakdown";
import { probeKeys, probeSummaries } from "./ofProbe";
import { MOST, shown } from "./settings";
import { keyOf, type Summary, summariesOf, summaryAt, summaryKeys } from "./summary";

export interface RunSummaries {
  readonly run: string;
  /** By ascending step. */
  readonly all: readonly Summary[];
  /** At the scrubbed moment. */
  readonly now: Summary | undefined;
}

/** Returns the methods and targets that can be chosen. */
export function choicesOf(context: PanelContext, model: Model): string[] {
  const { series, runs } = context;
  const recorded = runs.value.flatMap((run) => summaryKeys(series.value, run, model.space));
  const own = model.space === "tabular" ? probeKeys(model) : [];
  return [...new Set([...recorded, ...own])];
}

/** Returns the one that is chosen; null without any. */
export function chosenKey(choices: readonly string[]): string | null {
  return choices.find((key) => key === shown.summary.value) ?? choices[0] ?? null;
}

/** Returns the summaries of `key`, of the probe alone where a run recorded none; run by run. */
export function runSummaries(
  context: PanelContext,
  model: Model,
  key: string | null,
): RunSummaries[] {
  return context.runs.value.flatMap((run) => {
    const recorded = summariesOf(context.series.value, run, model.space, key);
    const all = recorded.length > 0 ? recorded : fromProbe(context, model, run, key);
    return all.length > 0 ? [{ run, all, now: summaryAt(all, context.stepIn(run)) }] : [];
  });
}

function fromProbe(context: PanelContext, model: Model, run: string, key: string | null) {
  if (model.space !== "tabular") return [];
  const track = model.tracks.value.find((each) => {
    const own = model.runs.value[each.run].run === run;
    return own && keyOf({ title: each.title, target: model.target.value }) === key;
  });
  return track ? probeSummaries(context, model, track) : [];
}

/** Returns the names of the features by falling importance, summed over the runs. */
export function featureOrder(runs: readonly RunSummaries[]): string[] {
  const totals = new Map<string, number>();
  for (const { now } of runs) {
    if (!now?.table) continue;
    for (const [f, { name }] of now.table.features.entries()) {
      totals.set(name, (totals.get(name) ?? 0) + now.table.meanAbs[f]);
    }
  }
  const names = [...totals.keys()];
  return byMagnitude([...totals.values()]).map((i) => names[i]);
}

/** Returns as many of `names` as are listed. */
export function listed(names: readonly string[]): readonly string[] {
  return shown.allFeatures.value ? names : names.slice(0, MOST);
}

/** Returns the feature in depth: the chosen one, or the most important. */
export function featureInDepth(names: readonly string[]): string | null {
  return names.find((name) => name === shown.feature.value) ?? names[0] ?? null;
}

/** Returns where the feature `name` stands; -1 where there is none of that name. */
export function placeOf({ table }: Summary, name: string): number {
  return table?.features.findIndex((feature) => feature.name === name) ?? -1;
}
