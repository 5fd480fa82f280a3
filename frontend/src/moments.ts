/** The time axis that runs share: which moments there are and what each run shows at one. */

import { count } from "./format";
import type { Moment, Series, TrainingRecord } from "./types";
import type { Axis } from "./view";

/** Kinds that the scrubber does not stop at: alerts come with the statistics that raised them. */
const TIMELESS = new Set(["probe", "alerts"]);

/** Returns the moments of all records that have one, ascending, one per step. */
export function momentsOf(series: readonly Series[]): Moment[] {
  const bySteps = new Map<number, Moment>();
  const timed = series.filter(({ kind }) => !TIMELESS.has(kind));
  // A record knows its epoch; that of one to be loaded may be a guess.
  for (const moments of [...timed.map((e) => e.records), ...timed.map((e) => e.unloaded)]) {
    for (const { step, epoch } of moments) {
      if (!bySteps.has(step)) bySteps.set(step, { step, epoch });
    }
  }
  return [...bySteps.values()].sort((a, b) => a.step - b.step);
}

/**
 * Whether steps and epochs go together in all of `series`.
 *
 * They do not when runs have different numbers of steps per epoch: one step then lies in several
 * epochs.
 */
export function epochsAgree(series: readonly Series[]): boolean {
  const records = series.flatMap((entry) => (TIMELESS.has(entry.kind) ? [] : entry.records));
  const sorted = records
    .map(({ step, epoch }) => ({ step, epoch }))
    .sort((a, b) => a.step - b.step);
  return sorted.every((moment, i) => {
    const before = sorted[i - 1] ?? moment;
    return moment.step === before.step
      ? moment.epoch === before.epoch
      : moment.epoch >= before.epoch;
  });
}

/** Returns the index of the last entry at or before `step`; -1 if all are later. */
export function indexAtOrBefore(entries: readonly { readonly step: number }[], step: number) {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle].step <= step) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Returns the newest record at or before `step`. */
export function recordAt(
  records: readonly TrainingRecord[],
  step: number,
): TrainingRecord | undefined {
  return records[indexAtOrBefore(records, step)];
}

/** Returns where the scrubber stands: `wanted`'s moment, or the newest if it is null. */
export function effectiveStep(moments: readonly Moment[], wanted: number | null): number {
  if (moments.length === 0) return wanted ?? 0;
  if (wanted === null) return moments[moments.length - 1].step;
  return moments[Math.max(0, indexAtOrBefore(moments, wanted))].step;
}

/** Returns the one of `moments`, which lie at `positions`, that is nearest to `place`. */
export function nearestMoment(
  moments: readonly Moment[],
  positions: readonly number[],
  place: number,
): Moment | undefined {
  let best = 0;
  positions.forEach((entry, index) => {
    if (Math.abs(entry - place) < Math.abs(positions[best] - place)) best = index;
  });
  return moments[best];
}

/**
 * Returns where `moments` lie on `axis`.
 *
 * Several moments of one epoch spread over the part of the axis up to the next epoch.
 */
export function positionsOf(moments: readonly Moment[], axis: Axis): number[] {
  if (axis === "step") return moments.map((moment) => moment.step);
  const counts = new Map<number, number>();
  for (const { epoch } of moments) counts.set(epoch, (counts.get(epoch) ?? 0) + 1);
  const seen = new Map<number, number>();
  return moments.map(({ epoch }) => {
    const index = seen.get(epoch) ?? 0;
    seen.set(epoch, index + 1);
    return epoch + index / (counts.get(epoch) ?? 1);
  });
}

const FEW = 4; // epochs
const MANY = 10; // records of each

/** Returns the axis that tells records apart: by step if they are of few epochs, many of each. */
export function tellingAxis(series: readonly Series[]): Axis {
  const moments = momentsOf(series);
  const trained = moments.flatMap(({ epoch }) => (epoch < 0 ? [] : epoch));
  const epochs = new Set(trained).size;
  return epochs <= FEW && trained.length > MANY * epochs ? "step" : "epoch";
}

/** Returns the name of `epoch` for people. */
export function epochName(epoch: number): string {
  return epoch < 0 ? "untrained" : `${epoch}`;
}

/**
 * Returns what `at` is of, such as "epoch 3", where that is not what `now` is of; else "".
 *
 * Of a run that has ended, or records less often, an earlier record stands for the moment.
 */
export function sinceWords(at: Moment, now: Moment, axis: Axis): string {
  if (at[axis] === now[axis]) return "";
  return axis === "epoch" || at.epoch < 0 ? epochWords(at.epoch) : `step ${count(at.step)}`;
}

/** "epoch 3", "untrained". */
export function epochWords(epoch: number): string {
  return epoch < 0 ? epochName(epoch) : `epoch ${epoch}`;
}
