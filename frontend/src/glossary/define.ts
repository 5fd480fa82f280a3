/**
 * What statistics, methods and measures are: formula, meaning, source.
 *
 * `entries.json` holds them by group and by the name that records carry. A name that ends in a figure
 * ("q05", "randomised_33") may share the entry of its stem.
 */
import { signal } from "@preact/signals";

type Entries = typeof import("./entries").default;

export type Group = keyof Entries;

export interface Definition {
  readonly formula: string;
  readonly meaning: string;
  /** Who defined it; "" where that is nobody in particular. */
  readonly source: string;
}

type Entry = readonly string[];

const entries = signal<Entries | null>(null);
let asked = false;

/** Fetches the definitions, once; a page whose server has gone does without. */
export async function fetchDefinitions(): Promise<void> {
  if (asked) return;
  asked = true;
  try {
    entries.value = (await import("./entries")).default;
  } catch {
    asked = false;
  }
}

/** Returns what `name` is, of `group`; null for a name that is not defined, as a user's own. */
export function define(group: Group, name: string): Definition | null {
  const known: Readonly<Record<string, Entry>> = entries.value?.[group] ?? {};
  const key = [name, name.replace(/_?\d+$/, "")].find((each) => Object.hasOwn(known, each));
  if (key === undefined) return null;
  const [formula, meaning, source = ""] = known[key];
  return { formula, meaning, source };
}
