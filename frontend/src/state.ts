/** What the server holds, as far as it is on screen: the catalog and each panel's series. */
import { batch, computed, effect, signal } from "@preact/signals";
import { ApiError, type Catalog, fetchCatalog, fetchPanel } from "./api";
import { runSignature, shownRuns } from "./catalog";
import { readFrame } from "./series";
import type { Series } from "./types";
import { view } from "./view";

interface LoadedRun {
  readonly signature: string;
  readonly series: readonly Series[];
}

export const catalog = signal<Catalog | null>(null);
/** Why the catalog or the panel could not be loaded; null while all is well. */
export const failure = signal<Error | null>(null);
/** Whether an answer for the panel is under way. */
export const loading = signal(false);
/** Loaded runs by panel, then by run; kept when a run is unselected, for its return. */
const loaded = signal<ReadonlyMap<string, ReadonlyMap<string, LoadedRun>>>(new Map());

let shown: readonly string[] = [];

/** Names of the shown runs; the same array as long as they are the same names. */
export const runs = computed<readonly string[]>(() => {
  const names = shownRuns(catalog.value, view.runs.value);
  const same = names.length === shown.length && names.every((name, i) => name === shown[i]);
  if (!same) shown = names;
  return shown;
});

/** Every series of the shown runs that the panel has, in the order of the runs. */
export const series = computed<readonly Series[]>(() => {
  const byRun = loaded.value.get(view.panel.value);
  return runs.value.flatMap((run) => byRun?.get(run)?.series ?? []);
});

/** Whether every shown run of the panel has been loaded at least once. */
export const settled = computed(() => {
  const byRun = loaded.value.get(view.panel.value);
  return catalog.value !== null && runs.value.every((run) => byRun?.has(run));
});

let etag: string | null = null;
let catalogRequest: AbortController | null = null;
let panelRequest: AbortController | null = null;

/** Asks for the catalog; what changed in it is loaded by `loadWhatChanged`. */
export async function refresh(): Promise<void> {
  catalogRequest?.abort();
  catalogRequest = new AbortController();
  const aborted = catalogRequest.signal;
  try {
    const answer = await fetchCatalog(etag, aborted);
    if (aborted.aborted) return;
    batch(() => {
      if (answer) {
        etag = answer.etag;
        catalog.value = answer.value;
      }
      if (failure.peek()) retryPanel();
    });
  } catch (error) {
    if (!aborted.aborted) failure.value = error as Error;
  }
}

function retryPanel(): void {
  failure.value = null;
  attempt.value += 1;
}

const attempt = signal(0);

/** Loads, from now on, whatever the panel lacks of the shown runs. Returns what ends it. */
export function loadWhatChanged(): () => void {
  return effect(() => {
    attempt.value;
    const name = view.panel.value;
    const stale = staleRuns(name);
    panelRequest?.abort();
    loading.value = stale.size > 0;
    if (stale.size > 0) void load(name, stale);
  });
}

function staleRuns(name: string): Map<string, string> {
  const byRun = loaded.peek().get(name);
  const stale = new Map<string, string>();
  for (const run of catalog.value?.runs ?? []) {
    const signature = runSignature(run);
    const known = byRun?.get(run.run)?.signature === signature;
    if (!known && runs.value.includes(run.run)) stale.set(run.run, signature);
  }
  return stale;
}

async function load(name: string, stale: ReadonlyMap<string, string>): Promise<void> {
  panelRequest = new AbortController();
  const aborted = panelRequest.signal;
  try {
    const buffer = await fetchPanel(name, [...stale.keys()], aborted);
    if (aborted.aborted) return;
    const byRun = loaded.peek().get(name) ?? new Map<string, LoadedRun>();
    const shown = [...stale.keys()].flatMap((run) => byRun.get(run)?.series ?? []);
    const read = readFrame(buffer, shown);
    batch(() => {
      loaded.value = new Map(loaded.peek()).set(name, merge(byRun, stale, read));
      loading.value = false;
      failure.value = null;
    });
  } catch (error) {
    if (aborted.aborted) return;
    loading.value = false;
    failure.value = error instanceof Error ? error : new ApiError(String(error));
  }
}

function merge(
  byRun: ReadonlyMap<string, LoadedRun>,
  stale: ReadonlyMap<string, string>,
  read: readonly Series[],
): Map<string, LoadedRun> {
  const merged = new Map(byRun);
  for (const [run, signature] of stale) {
    merged.set(run, { signature, series: read.filter((entry) => entry.run === run) });
  }
  return merged;
}
