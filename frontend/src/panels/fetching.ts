/** The code of the panels: each fetched once, when it is first opened or, ahead of that, in idle time. */
import { computed, effect, signal } from "@preact/signals";
import { visible } from "../live";
import { loading, settled } from "../state";
import { addStyle } from "../styles/add";
import type { Panel, PanelParts } from "../types";
import { PANELS } from ".";
import { current } from "./current";

const arrived = signal<ReadonlyMap<string, PanelParts>>(new Map());
const failed = signal<ReadonlyMap<string, Error>>(new Map());
/** Names of panels whose code is under way. */
const asked = new Set<string>();

/** What draws the open panel; null until it has been fetched. */
export const currentParts = computed(() => arrived.value.get(current.value.name) ?? null);
/** Why the code of the open panel could not be fetched; null while all is well. */
export const partsFailure = computed(() => failed.value.get(current.value.name) ?? null);

/** Fetches the code of each panel that is opened, from now on. Returns what ends it. */
export function fetchOpened(): () => void {
  return effect(() => {
    const panel = current.value;
    if (!arrived.peek().has(panel.name)) void fetchParts(panel);
  });
}

/** Asks again for the code of the open panel. */
export function fetchAgain(): void {
  void fetchParts(current.peek());
}

/** Fetches the other panels' code, one at a time, while a person sees a page with nothing to do. */
export function fetchAhead(): () => void {
  return effect(() => {
    if (!visible.value || !settled.value || loading.value || !currentParts.value) return;
    const next = PANELS.find(({ name }) => !arrived.value.has(name) && !failed.value.has(name));
    return next && whenIdle(() => void fetchParts(next));
  });
}

async function fetchParts(panel: Panel): Promise<void> {
  const { name, load } = panel;
  if (asked.has(name)) return;
  asked.add(name);
  if (failed.peek().has(name)) failed.value = without(failed.peek(), name);
  try {
    const parts = await load();
    addStyle(parts.style ?? "");
    arrived.value = new Map(arrived.peek()).set(name, parts);
  } catch (error) {
    failed.value = new Map(failed.peek()).set(name, error as Error);
  } finally {
    asked.delete(name);
  }
}

function without<T>(entries: ReadonlyMap<string, T>, name: string): ReadonlyMap<string, T> {
  return new Map([...entries].filter(([key]) => key !== name));
}

/** Runs `task` when the browser has time; returns what calls it off. */
function whenIdle(task: () => void): () => void {
  // Safari has no idle callbacks; by then a second has passed since the panel was complete.
  if (!window.requestIdleCallback) {
    const timer = setTimeout(task, 1000);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(task);
  return () => cancelIdleCallback(handle);
}
