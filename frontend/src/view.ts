/** What is on screen, as signals that the URL hash mirrors, so that a link reproduces it. */
import { batch, effect, type Signal, signal } from "@preact/signals";
import { type Codec, choice, number, optional, text, texts } from "./codec";
import { addressWindow, type Entries, isOurs, readEntries, writeEntries } from "./location";
import { isKept, orRemembered, remember } from "./remembered";

interface Setting {
  /** Text for the URL, or null while the fallback holds. */
  encoded(): string | null;
  /** Takes the text of a URL; null sets the fallback. */
  accept(value: string | null): void;
}

const settings = new Map<string, Setting>();
/** How many settings there are; a panel's own are declared when its code arrives. */
const declared = signal(0);
let inUrl: Entries =
  typeof window === "undefined"
    ? new Map()
    : orRemembered(readEntries(addressWindow().location.hash));

/**
 * Returns the signal of the setting `key`, mirrored to the URL wherever it is not `fallback`.
 *
 * Call it once per key, at the top of a module. Prefix a panel's own keys with the panel's
 * name ("attributions.opacity"), unless panels mean to share the setting.
 */
export function setting<T>(key: string, codec: Codec<T>, fallback: T): Signal<T> {
  if (settings.has(key)) {
    throw new Error(`The setting ${key} is declared twice; import the first one's signal.`);
  }
  const state = signal<T>(fallback);
  const accept = (value: string | null) => {
    const decoded = value === null ? undefined : codec.decode(value);
    state.value = decoded === undefined ? fallback : decoded;
  };
  const encoded = () => {
    if (state.value === fallback) return null;
    const value = codec.encode(state.value);
    // null has no text of its own: an empty list is not the same as no list.
    return fallback !== null && value === codec.encode(fallback) ? null : value;
  };
  accept(inUrl.get(key) ?? null);
  settings.set(key, { encoded, accept });
  declared.value = settings.size;
  return state;
}

export type Axis = "epoch" | "step";

export const view = {
  panel: setting("panel", text, "overview"),
  /** Names of the shown runs; null: the default choice. */
  runs: setting<readonly string[] | null>("runs", optional(texts), null),
  /** Content hash of the sample in depth; null: the first. */
  sample: setting<string | null>("sample", optional(text), null),
  /** Where the scrubber stands; null: at the newest moment, following it. */
  step: setting<number | null>("step", optional(number), null),
  /** What the scrubber counts in; null: what tells the records apart. */
  axis: setting<Axis | null>("axis", optional(choice<Axis>(["epoch", "step"])), null),
};

/** Returns the link that reproduces what is on screen. */
export function linkToView(): string {
  const url = new URL(addressWindow().location.href);
  url.hash = writeEntries(url.hash, encodedSettings());
  return url.href;
}

function encodedSettings(): Map<string, string> {
  declared.value;
  // What nobody has claimed yet belongs to a panel whose code is still to come.
  const entries = new Map([...inUrl].filter(([key]) => !settings.has(key)));
  for (const [key, { encoded }] of settings) {
    const value = encoded();
    if (value !== null) entries.set(key, value);
  }
  return entries;
}

/** Keeps the URL and the view alike from now on; returns what ends it. */
export function mirrorToUrl(): () => void {
  const target = addressWindow();
  let mirrored: string | null = null;
  const onHashChange = () => {
    if (!isOurs(target.location.hash)) return;
    mirrored = null;
    inUrl = readEntries(target.location.hash);
    batch(() => {
      for (const [key, { accept }] of settings) accept(inUrl.get(key) ?? null);
    });
  };
  const stop = effect(() => {
    const entries = encodedSettings();
    // A panel's code that arrives changes nothing of the view: were the URL written for it, a link
    // that was just opened, and of which we are yet to be told, would be lost.
    const text = writeEntries("", entries);
    if (text === mirrored) return;
    mirrored = text;
    replaceHash(target, writeEntries(target.location.hash, entries));
    remember(entries);
  });
  target.addEventListener("hashchange", onHashChange);
  return () => {
    stop();
    target.removeEventListener("hashchange", onHashChange);
  };
}

/** Sets looks and habits back to what they are at a first visit. */
export function forgetHabits(): void {
  batch(() => {
    for (const [key, { accept }] of settings) if (isKept(key) && key !== "panel") accept(null);
  });
}

function replaceHash(target: Window, hash: string): void {
  // While another plugin is open the URL is its own; TensorBoard keeps our part of it.
  if (hash === target.location.hash || !isOurs(target.location.hash)) return;
  const url = new URL(target.location.href);
  url.hash = hash;
  target.history.replaceState(target.history.state, "", url);
}
