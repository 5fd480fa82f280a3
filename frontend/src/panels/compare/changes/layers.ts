/** Which layers' statistics changed, and which alerts are new or over. Pure. */
import { plural, score } from "../../../format";
import { type Alert, isGrave, lastsAt, ruleName } from "../../layers/alerts";
import type { What } from "../../layers/tables";
import type { End } from "../ends";
import { type LayerChange, type LayerPair, type StatisticChange, TITLES } from "../tables/layers";
import { type Finding, type Found, LEAST, some } from "./findings";

/** Statistics whose change means something by itself, and nothing that another one says too. */
const TOLD: Readonly<Record<What, ReadonlySet<string>>> = {
  gradients: new Set(["norm"]),
  activations: new Set(["std", "sample_std", "dead", "silent", "saturated"]),
  weights: new Set(["norm", "update_to_weight", "near_zero"]),
};

export function layerFindings(pairs: readonly LayerPair[], run: string): Found {
  if (pairs.length === 0) return { findings: [], quiet: ["Layers: not recorded at both ends."] };
  const told = pairs.flatMap(({ what, statistics }) =>
    statistics.filter(({ statistic }) => TOLD[what].has(statistic.name)),
  );
  const findings = told.flatMap((change) => findingOf(change, run) ?? []);
  const layers = Math.max(0, ...told.map((change) => change.layers.length));
  const quiet = [`Layers: none of ${layers} has a statistic that doubled or halved.`];
  const notes = pairs.flatMap((pair) => (pair.note ? [pair.note] : []));
  return { findings, quiet: [...(findings.length === 0 ? quiet : []), ...notes] };
}

function findingOf(change: StatisticChange, run: string): Finding | null {
  const { what, statistic, layers } = change;
  const logarithmic = statistic.scale === "log";
  const least = logarithmic ? LEAST.doublings : LEAST.fraction;
  const beyond = layers.filter(({ size }) => size >= least);
  const [first] = beyond;
  if (!first) return null;
  const measured = layers.filter(({ size }) => !Number.isNaN(size)).length;
  const kind = logarithmic ? "doubled or halved" : `changed by ${100 * least} points`;
  return {
    words: `${titleOf(change)} changed most in ${first.layer}: ${changeWords(first, logarithmic)}.`,
    detail: `${beyond.length} of ${plural(measured, "layer")} at least ${kind}.`,
    times: Math.min(first.size, CAP) / least,
    least: logarithmic ? "a doubling or halving" : `${100 * least} % points`,
    evidence: { at: "layer", what, layer: first.layer, statistic: statistic.name, run },
  };
}

const CAP = 64; // doublings: what went to zero counts as this many

function titleOf({ what, statistic }: StatisticChange): string {
  return `${TITLES[what]}: ${statistic.label}`;
}

/** "0.12 → 0.004 (30 times less)". */
export function changeWords({ before, after }: LayerChange, logarithmic: boolean): string {
  const words = `${score(before)} → ${score(after)}`;
  if (!logarithmic || !(before > 0) || !(after > 0)) return words;
  const ratio = after / before;
  return `${words} (${score(Math.max(ratio, 1 / ratio))} times ${ratio > 1 ? "more" : "less"})`;
}

export function alertFindings(alerts: readonly Alert[], a: End, b: End): Found {
  const findings = shownAlerts(alerts, a, b);
  const any = activeAt(alerts, a).size + activeAt(alerts, b).size > 0;
  const quiet = any && findings.length === 0 ? ["Alerts: the same at both ends."] : [];
  return { findings, quiet };
}

/** Returns the alerts of one end alone: those of B are new, then those of A that are over. */
export function shownAlerts(alerts: readonly Alert[], a: End, b: End): Finding[] {
  const [first, second] = [activeAt(alerts, a), activeAt(alerts, b)];
  const raised = [...second].filter(([key]) => !first.has(key)).map(([, alert]) => alert);
  const over = [...first].filter(([key]) => !second.has(key)).map(([, alert]) => alert);
  return [...groups(raised, "New alert at B"), ...groups(over, "Alert of A alone")];
}

function activeAt(alerts: readonly Alert[], { run, step }: End): Map<string, Alert> {
  const active = alerts.filter((alert) => alert.run === run && lastsAt(alert, step));
  return new Map(
    active.map((alert) => [JSON.stringify([alert.what, alert.rule, alert.layer]), alert]),
  );
}

/** One finding for each rule; grave ones first. */
function groups(alerts: readonly Alert[], title: string): Finding[] {
  const rules = [...new Set(alerts.map(({ rule }) => rule))];
  rules.sort((x, y) => Number(isGrave(y)) - Number(isGrave(x)));
  return rules.map((rule) => {
    const own = alerts.filter((alert) => alert.rule === rule);
    const layers = own.map(({ layer }) => layer);
    return {
      words: `${title}: ${ruleName(rule)} in ${some(layers)}.`,
      detail: own[0].message,
      times: Number.POSITIVE_INFINITY,
      least: "alerts stand first",
      evidence: { at: "alert", alert: own[0] },
    };
  });
}
