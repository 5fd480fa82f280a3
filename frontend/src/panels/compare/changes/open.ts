/** Sets the view to where the evidence of a finding is. */
import { batch } from "@preact/signals";
import { context } from "../../../context";
import { openPanel } from "../../current";
import { openAlert } from "../../layers/open";
import { chosen as layers, shown as layersShown } from "../../layers/settings";
import { chosen as sensitivity } from "../../sensitivity/settings";
import { ends } from "../model";
import { chosen, shown } from "../settings";
import type { Evidence } from "./findings";

export function openEvidence(evidence: Evidence): void {
  batch(() => {
    if (evidence.at === "view") chosen.view.value = evidence.view;
    else if (evidence.at === "flipped") showSamples("flipped");
    else if (evidence.at === "sample") {
      showSamples("all");
      context.sample.value = evidence.hash;
    } else {
      scrubToB();
      if (evidence.at === "alert") openAlert(evidence.alert);
      else if (evidence.at === "layer") openLayer(evidence);
      else openUnit(evidence);
    }
  });
}

/** Other panels show the moment of the scrubber; unless A follows it, it goes to where B is held. */
function scrubToB(): void {
  const { a, b } = ends.peek() ?? {};
  if (a && b && !b.follows && !a.follows) context.scrubToRecord(b.run, b.step);
}

/** "in Layers". */
export function evidenceWords({ at }: Evidence): string {
  if (at === "alert" || at === "layer") return "in Layers";
  if (at === "unit") return "in Sensitivity";
  return at === "view" ? "the table" : at === "flipped" ? "these samples" : "this sample";
}

function showSamples(filter: "all" | "flipped"): void {
  chosen.view.value = "samples";
  shown.filter.value = filter;
}

function openLayer({ what, layer, statistic, run }: Extract<Evidence, { at: "layer" }>): void {
  layers.what.value = what;
  layers.statistic.value = statistic;
  layers.layer.value = layer;
  layers.monitor.value = "";
  layers.focus.value = [run, ""];
  layers.scale.value = null;
  layersShown.filter.value = "";
  openPanel("layers");
}

function openUnit({ edit, unit, level, run }: Extract<Evidence, { at: "unit" }>): void {
  sensitivity.edit.value = edit;
  sensitivity.unit.value = unit;
  sensitivity.level.value = level;
  sensitivity.filter.value = "";
  sensitivity.focus.value = [run, ""];
  openPanel("sensitivity");
}
