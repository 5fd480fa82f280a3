/** Alerts: what went wrong, where, and when it began. */
import type { Series } from "../../types";

/** One layer's alert, from when it was raised. */
export interface Alert {
  readonly run: string;
  readonly monitor: string;
  readonly what: string;
  readonly rule: string;
  readonly layer: string;
  readonly step: number;
  readonly epoch: number;
  readonly message: string;
  readonly value: number;
  readonly limit: number;
  /** Step at which it was cleared; null while it lasts. */
  readonly cleared: number | null;
}

/** Alerts of one rule raised at one moment in one run. */
export interface AlertGroup {
  readonly run: string;
  readonly rule: string;
  readonly what: string;
  readonly step: number;
  readonly epoch: number;
  readonly alerts: readonly Alert[];
}

interface Raised {
  readonly rule: string;
  readonly layer: string;
  readonly value: number | string;
  readonly limit: number | string;
  readonly message: string;
}

/** Returns every alert in `series`, by step. */
export function alertsOf(series: readonly Series[]): Alert[] {
  const found: Alert[] = [];
  for (const { run, monitor, kind, records } of series) {
    if (kind !== "alerts") continue;
    const open = new Map<string, number>();
    for (const { step, epoch, fields } of records) {
      const what = fields.what as string;
      const key = ({ rule, layer }: { rule: string; layer: string }) =>
        JSON.stringify([what, rule, layer]);
      for (const cleared of fields.cleared as Raised[]) {
        const index = open.get(key(cleared));
        if (index !== undefined) found[index] = { ...found[index], cleared: step };
        open.delete(key(cleared));
      }
      for (const raised of fields.raised as Raised[]) {
        const { rule, layer, message } = raised;
        open.set(key(raised), found.length);
        const [value, limit] = [Number(raised.value), Number(raised.limit)];
        const alert = { run, monitor, what, rule, layer, step, epoch, message, value, limit };
        found.push({ ...alert, cleared: null });
      }
    }
  }
  return found.sort((a, b) => a.step - b.step);
}

/** Returns alerts that began together as one, by step. */
export function alertGroups(alerts: readonly Alert[]): AlertGroup[] {
  const groups = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const key = JSON.stringify([alert.step, alert.run, alert.what, alert.rule]);
    const known = groups.get(key);
    if (known) known.push(alert);
    else groups.set(key, [alert]);
  }
  return [...groups.values()].map((members) => {
    const { run, rule, what, step, epoch } = members[0];
    return { run, rule, what, step, epoch, alerts: members };
  });
}

/** "blocks.0.attn", "blocks.0.attn and 3 more". */
export function layersInWords(alerts: readonly Alert[]): string {
  const others = alerts.length - 1;
  return `${alerts[0].layer}${others > 0 ? ` and ${others} more` : ""}`;
}

/** Rules that say that a run is broken, not only that a layer could do better. */
const GRAVE = /non.?finite|explod/;

export function isGrave(rule: string): boolean {
  return GRAVE.test(rule);
}

/** "non finite": a rule's name as people write it. */
export function ruleName(rule: string): string {
  return rule.replaceAll("_", " ");
}
