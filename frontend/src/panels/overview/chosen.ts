/** What `explain()` chose for a run, as its newest record of it says; pure. */
import { plural } from "../../format";
import { recordAt } from "../../moments";
import type { Series } from "../../types";

export interface ChosenMonitor {
  readonly name: string;
  readonly callback: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly every: string;
  readonly reason: string;
}

export interface Chosen {
  readonly preset: string;
  /** Fraction of training time, or null for no limit. */
  readonly limit: number | null;
  readonly modality: string | null;
  readonly task: string | null;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  readonly monitors: readonly ChosenMonitor[];
  readonly leftOut: readonly { readonly callback: string; readonly reason: string }[];
}

/** Returns what was chosen for `run` up to `step`; null where monitors were named by hand. */
export function chosenFor(series: readonly Series[], run: string, step: number): Chosen | null {
  const records = series
    .filter((entry) => entry.run === run && entry.kind === "setup")
    .flatMap((entry) => entry.records);
  const record = recordAt(records, step) ?? records[0];
  if (!record) return null;
  const { preset, max_overhead, modality, task, facts, monitors, left_out } = record.fields;
  return {
    preset: preset as string,
    limit: (max_overhead as number | null | undefined) ?? null,
    modality: (modality as string | null | undefined) ?? null,
    task: (task as string | null | undefined) ?? null,
    facts: facts as Chosen["facts"],
    monitors: monitors as readonly ChosenMonitor[],
    leftOut: left_out as Chosen["leftOut"],
  };
}

/** Returns a line on what was chosen. */
export function inShort({ preset, modality, task, monitors, leftOut }: Chosen): string {
  const inputs = [modality, task].filter((word) => word !== null).join(" ");
  const out = leftOut.length > 0 ? `${leftOut.length} left out` : "";
  const words = [`explain("${preset}")`, inputs, plural(monitors.length, "monitor"), out];
  return words.filter((word) => word !== "").join(" · ");
}

/** Returns [monitor, reason] of what was left out; a reason that several share is told once. */
export function leftOutRows(leftOut: Chosen["leftOut"]): [callback: string, reason: string][] {
  const groups = new Map<string, string[]>();
  for (const { callback, reason } of leftOut) {
    groups.set(reason, [...(groups.get(reason) ?? []), callback]);
  }
  return [...groups].flatMap(([reason, callbacks]) =>
    callbacks.map((callback, n): [string, string] => [callback, n === 0 ? reason : "likewise"]),
  );
}

/** Returns the line of Python that makes a monitor as it was made. */
export function asCode({ callback, settings }: ChosenMonitor): string {
  const options = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return `${callback}(${options.join(", ")})`;
}
