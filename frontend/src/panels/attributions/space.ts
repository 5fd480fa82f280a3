/** The kinds of inputs that the panel draws, and which of them is shown. */
import type { PanelContext, Series, TrainingRecord } from "../../types";
import { chosen, SPACES, type Space } from "./settings";

/** Returns the kinds of inputs that `series` explain, in display order. */
export function recordedSpaces(series: readonly Series[]): Space[] {
  const runs = [...new Set(series.map(({ run }) => run))];
  const found = new Set(
    runs.flatMap((run) => spacesOfRun(series.filter((entry) => entry.run === run))),
  );
  return SPACES.filter((space) => found.has(space));
}

function spacesOfRun(series: readonly Series[]): unknown[] {
  const records = series.flatMap((entry) => entry.records);
  const probes = records.filter(({ kind }) => kind === "probe");
  const modalities = new Map(probes.map(({ fields }) => [fields.digest, fields.modality]));
  const found = records.map((record) => spaceOf(record, modalities)).filter(Boolean);
  // A surrogate may be of a layer's outputs, whatever the inputs: alone, it is taken for a table's.
  const imitated = records.some(({ kind }) => kind === "surrogate");
  return found.length === 0 && imitated ? ["tabular"] : found;
}

function spaceOf({ kind, fields }: TrainingRecord, modalities: ReadonlyMap<unknown, unknown>) {
  if (kind === "cam") return "image";
  if (kind === "explanation_quality") return modalities.get(fields.probe);
  return kind.startsWith("attribution") ? fields.space : null;
}

/** Returns the shown runs that explain inputs in `space`. */
export function runsIn({ series, runs }: PanelContext, space: Space): string[] {
  return runs.value.filter((run) => {
    return recordedSpaces(series.value.filter((entry) => entry.run === run)).includes(space);
  });
}

/** Returns the kind of inputs that is shown: the chosen one where it was recorded. */
export function shownSpace({ series }: PanelContext): Space {
  const recorded = recordedSpaces(series.value);
  return recorded.find((space) => space === chosen.space.value) ?? recorded[0] ?? "image";
}
