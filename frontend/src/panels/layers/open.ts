/** Opens the panel from elsewhere. */
import { batch } from "@preact/signals";
import { openPanel } from "../current";
import { type Alert, ruleStatistic } from "./alerts";
import { chosen, shown } from "./settings";
import type { What } from "./tables";

/** Opens Layers at the run and layer of an alert, on the statistic that its rule judges. */
export function openAlert({ run, monitor, what, rule, layer }: Alert): void {
  batch(() => {
    chosen.what.value = what as What;
    chosen.monitor.value = "";
    chosen.statistic.value = ruleStatistic(rule, what) ?? "";
    chosen.scale.value = null;
    chosen.layer.value = layer;
    chosen.focus.value = [run, monitor];
    shown.filter.value = "";
    shown.zoom.value = null;
    openPanel("layers");
  });
}
