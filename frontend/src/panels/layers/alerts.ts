/** Alerts: what went wrong, where, and when it began. */
import { count } from "../../format";
import type { Series } from "../../types";

/** One layer's alert. */
export interface Alert {
  readonly run: string;
  readonly monitor: string;
  readonly what: string;
  readonly rule: string;
  readonly layer: string;
  /** Step from which on it was amiss; a rule may wait for several records before it alerts. */
  readonly since: number;
  /** Step and epoch at which it was raised. */
  readonly step: number;
  readonly epoch: number;
  readonly message: string;
  readonly value: number;
  readonly limit: number;
  /** Step at which it was cleared; null while it lasts. */
  readonly cleared: number | null;
}

/** Alerts of one rule that began and were raised together in one run. */
export interface AlertGroup {
  readonly run: string;
  readonly rule: string;
  readonly what: string;
  readonly since: number;
  readonly step: number;
  readonly epoch: number;
  readonly alerts: readonly Alert[];
}

interface Named {
  readonly rule: string;
  readonly layer: string;
}

interface Raised extends Named {
  readonly value: number | string;
  readonly limit: number | string;
  readonly message: string;
}

interface Active extends Named {
  readonly since: number;
}

const keyOf = (what: unknown, { rule, layer }: Named) => JSON.stringify([what, rule, layer]);

/** Returns every alert in `series`, by the step at which it was raised. */
export function alertsOf(series: readonly Series[]): Alert[] {
  return series
    .filter(({ kind }) => kind === "alerts")
    .flatMap(alertsIn)
    .sort((a, b) => a.step - b.step);
}

function alertsIn({ run, monitor, records }: Series): Alert[] {
  const found: Alert[] = [];
  const open = new Map<string, number>();
  for (const { step, epoch, fields } of records) {
    const what = fields.what as string;
    for (const cleared of fields.cleared as Named[]) {
      const index = open.get(keyOf(what, cleared));
      if (index !== undefined) found[index] = { ...found[index], cleared: step };
      open.delete(keyOf(what, cleared));
    }
    const active = fields.active as Active[];
    const began = new Map(active.map((alert) => [keyOf(what, alert), alert.since]));
    for (const raised of fields.raised as Raised[]) {
      const { rule, layer, message } = raised;
      const key = keyOf(what, raised);
      open.set(key, found.length);
      const moment = { since: began.get(key) ?? step, step, epoch, cleared: null };
      const [value, limit] = [Number(raised.value), Number(raised.limit)];
      found.push({ run, monitor, what, rule, layer, ...moment, message, value, limit });
    }
  }
  return found;
}

/** Returns alerts that began together as one, by step. */
export function alertGroups(alerts: readonly Alert[]): AlertGroup[] {
  const groups = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const key = JSON.stringify([alert.run, alert.what, alert.rule, alert.since, alert.step]);
    const known = groups.get(key);
    if (known) known.push(alert);
    else groups.set(key, [alert]);
  }
  return [...groups.values()].map((members) => {
    const { run, rule, what, since, step, epoch } = members[0];
    return { run, rule, what, since, step, epoch, alerts: members };
  });
}

/** Whether something was amiss at `step`, as it turned out. */
export function lastsAt({ since, cleared }: Alert, step: number): boolean {
  return since <= step && (cleared === null || step < cleared);
}

/** "since step 1 · raised at step 3 · over at step 9". */
export function timesInWords({ since, step, alerts }: AlertGroup): string {
  const ends = alerts.map(({ cleared }) => cleared);
  const over = ends.every((end) => end !== null);
  return [
    `${over ? "from" : "since"} step ${count(since)}`,
    step === since ? "" : `raised at step ${count(step)}`,
    over ? `over at step ${count(Math.max(...ends))}` : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

/** The statistic that a rule judges; of weights it is another where this is the norm. */
const JUDGED: ReadonlyMap<string, string> = new Map([
  ["vanishing", "norm"],
  ["exploding", "norm"],
  ["constant", "sample_std"],
  ["saturated", "saturated"],
  ["dead", "dead"],
  ["non finite", "nonfinite"],
]);

/** Returns the name of the statistic that shows what `rule` is about; null: none is known. */
export function ruleStatistic(rule: string, what: string): string | null {
  const judged = JUDGED.get(ruleName(rule)) ?? null;
  return what === "weights" && judged === "norm" ? "update_to_weight" : judged;
}

/** Rules that say that a run is broken, not only that a layer could do better. */
const GRAVE = /non.?finite|explod/;

export function isGrave(rule: string): boolean {
  return GRAVE.test(rule);
}

/** "non finite": a rule's name as people write it. */
export function ruleName(rule: string): string {
  return rule.replaceAll(/[_-]/g, " ");
}
