/** The kinds of inputs that the panel draws, and which of them is shown. */
import type { PanelContext, Series, TrainingRecord } from "../../types";
import { chosen, SPACES, type Space } from "./settings";

/** Returns the kinds of inputs that `series` explain, in display order. */
export function recordedSpaces(series: readonly Series[]): Space[] {
  const records = series.flatMap((entry) => entry.records);
  const probes = records.filter(({ kind }) => kind === "probe");
  const modalities = new Map(probes.map(({ fields }) => [fields.digest, fields.modality]));
  const found = new Set(records.map((record) => spaceOf(record, modalities)));
  return SPACES.filter((space) => found.has(space));
}

function spaceOf({ kind, fields }: TrainingRecord, modalities: ReadonlyMap<unknown, unknown>) {
  if (kind === "cam") return "image";
  if (kind === "surrogate") return "tabular";
  if (kind === "explanation_quality") return modalities.get(fields.probe);
  return kind.startsWith("attribution") ? fields.space : null;
}

/** Returns the kind of inputs that is shown: the chosen one where it was recorded. */
export function shownSpace({ series }: PanelContext): Space {
  const recorded = recordedSpaces(series.value);
  return recorded.find((space) => space === chosen.space.value) ?? recorded[0] ?? "image";
}
