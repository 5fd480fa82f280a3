/**
 * What a person set and finds again at the next visit: looks and habits, kept by the browser.
 *
 * They hold only where the URL says nothing of the view, so that a link shows to all what it showed
 * to who sent it. What a browser kept is taken like a URL: through each setting's codec.
 */
import type { Entries } from "./location";

const PLACE = "tb_explain.settings";

/** Settings that tell of the person, not of the data. */
const KEPT: ReadonlySet<string> = new Set([
  "panel",
  "axis",
  "overview.log",
  "overview.logCounts",
  "attributions.colours",
  "attributions.signedColours",
  "attributions.contours",
  "attributions.opacity",
  "attributions.scale",
  "attributions.smoothing",
  "attention.colours",
  "attention.opacity",
  "compare.mode",
  "compare.rate",
  "graph.view",
  "layers.colours",
  "layers.histogram",
]);

/** Returns `inUrl`, or what is remembered where the URL says nothing. */
export function orRemembered(inUrl: Entries): Entries {
  return inUrl.size > 0 ? inUrl : parseRemembered(read());
}

/** Returns the entries that `text` holds; none of a text that nobody of us wrote. */
export function parseRemembered(text: string | null): Entries {
  try {
    const parsed: unknown = JSON.parse(text ?? "{}");
    const entries = Object.entries(parsed ?? {}).filter(
      (entry): entry is [string, string] => KEPT.has(entry[0]) && typeof entry[1] === "string",
    );
    return new Map(entries);
  } catch {
    return new Map();
  }
}

/** Keeps what of `entries` is to be kept. */
export function remember(entries: Entries): void {
  const kept = Object.fromEntries([...entries].filter(([key]) => KEPT.has(key)));
  try {
    localStorage.setItem(PLACE, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing: the view is in the URL all the same.
  }
}

export function isKept(key: string): boolean {
  return KEPT.has(key);
}

function read(): string | null {
  try {
    return localStorage.getItem(PLACE);
  } catch {
    return null;
  }
}
