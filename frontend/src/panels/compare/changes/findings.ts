/** What changed, as statements that rank: what a finding is, and in which order they stand. Pure. */
import type { Alert } from "../../layers/alerts";
import type { What } from "../../layers/tables";
import type { Edit } from "../../sensitivity/readings";
import type { View } from "../settings";

/** Where the evidence is. */
export type Evidence =
  | { readonly at: "view"; readonly view: View }
  | { readonly at: "flipped" }
  | { readonly at: "sample"; readonly hash: string }
  | { readonly at: "alert"; readonly alert: Alert }
  | {
      readonly at: "layer";
      readonly what: What;
      readonly layer: string;
      readonly statistic: string;
      readonly run: string;
    }
  | {
      readonly at: "unit";
      readonly edit: Edit;
      readonly unit: string;
      readonly level: number;
      readonly run: string;
    };

export interface Finding {
  readonly words: string;
  /** What else there is to know of it: how sure, how many more. */
  readonly detail: string;
  /** How many times the least change that is told; infinite of alerts, which stand first. */
  readonly times: number;
  /** That least change, in words. */
  readonly least: string;
  readonly evidence: Evidence;
}

/** What was compared: what is worth telling, and in words what is not, or could not be compared. */
export interface Found {
  readonly findings: readonly Finding[];
  readonly quiet: readonly string[];
}

/** The least changes that are told. */
export const LEAST = {
  /** Of the centre of mass, as a fraction of the input's size. */
  shift: 0.1,
  /** Of a word's or column's value, as a share of the largest |value| at either end. */
  value: 0.5,
  /** From this rank correlation on, maps are said to look at the same place. */
  agree: 0.9,
  /** Of statistics on a logarithmic scale: doublings or halvings. */
  doublings: 1,
  /** Of fractions, and of a layer's units. */
  fraction: 0.1,
} as const;

export const RULE =
  "Told are: alerts of one end alone; flipped predictions; maps that agree by less than " +
  `${LEAST.agree}, whose centre moved by ${100 * LEAST.shift} % of the input, or of whose words or ` +
  `columns one changed by ${100 * LEAST.value} % of the largest; statistics that doubled, halved or ` +
  `moved by ${100 * LEAST.fraction} points; sensitivities that doubled or halved beyond 2 standard ` +
  "errors. Alerts stand first; all else is ranked by how many times it exceeds the least that is " +
  "told (×, at the right). Of equal ones, predictions stand before maps, maps before layers, and " +
  "these before sensitivities.";

/** Returns all findings in their order; `sort` keeps the order of equal ones. */
export function ranked(all: readonly Found[]): Found {
  const findings = all.flatMap((each) => each.findings);
  return {
    findings: findings.toSorted((x, y) => (x.times === y.times ? 0 : y.times - x.times)),
    quiet: all.flatMap(({ quiet }) => quiet),
  };
}

/** "conv1, conv2 and 3 more". */
export function some(names: readonly string[], most = 3): string {
  if (names.length <= most) return listed(names);
  return `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}

function listed(names: readonly string[]): string {
  if (names.length < 2) return names.join("");
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
