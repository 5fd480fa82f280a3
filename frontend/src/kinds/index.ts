/** What a record of each kind must hold before anything draws it; null stands for "all well". */
import type { TrainingRecord } from "../types";
import { checkAttention, checkAttentionStatistics } from "./attention";
import { checkAttribution } from "./attribution";
import { checkAttributionSummary } from "./attribution-summary";
import { checkCam } from "./cam";
import { checkGraph } from "./graph";
import { checkFeatureMaps, checkFilters } from "./layer-maps";
import { checkAlerts, checkLayerHistograms, checkLayerStatistics, checkLayerTable } from "./layers";
import { checkOutputs } from "./outputs";
import { checkPlan } from "./plan";
import { checkPredictions } from "./predictions";
import { checkProbe } from "./probe";
import { checkQuality } from "./quality";
import { checkSensitivity } from "./sensitivity";
import { checkSetup } from "./setup";
import { type Check, isGap } from "./shared";
import { checkSurrogate } from "./surrogate";

const CHECKS: Readonly<Record<string, Check>> = {
  probe: checkProbe,
  predictions: checkPredictions,
  cam: checkCam,
  layer_table: checkLayerTable,
  layer_statistics: checkLayerStatistics,
  layer_histograms: checkLayerHistograms,
  feature_maps: checkFeatureMaps,
  filters: checkFilters,
  alerts: checkAlerts,
  attention_statistics: checkAttentionStatistics,
  attention: checkAttention,
  graph: checkGraph,
  outputs: checkOutputs,
  attribution: checkAttribution,
  attribution_summary: checkAttributionSummary,
  explanation_quality: checkQuality,
  surrogate: checkSurrogate,
  sensitivity: checkSensitivity,
  plan: checkPlan,
  setup: checkSetup,
};

/** Returns what is wrong with the fields or arrays of `record`, or null. */
export function checkKind(record: TrainingRecord): string | null {
  if (isGap(record) && Object.keys(record.arrays).length > 0) return "it is a gap and holds arrays";
  return Object.hasOwn(CHECKS, record.kind) ? CHECKS[record.kind](record) : null;
}
