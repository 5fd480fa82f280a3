/** What the server holds, as far as it is on screen: the catalog and each panel's series. */
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { ApiError, answers, type Catalog } from "./api";
import { shownRuns } from "./catalog";
import { type Detail, isBare, levelFor, missingBytes } from "./detail";
import { isPartial, type LoadedRun, type Request, whatIsMissing } from "./requests";
import { readFrame } from "./series";
import type { Series } from "./types";
import { view } from "./view";

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
    const answer = await answers().catalog(etag, aborted);
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

/** Grows when what failed is to be tried again. */
export const attempt = signal(0);

/** Loads, from now on, whatever the panel lacks of the shown runs. Returns what ends it. */
export function loadWhatChanged(): () => void {
  return effect(() => {
    attempt.value;
    const name = view.panel.value;
    const requests = whatChanged(name);
    panelRequest?.abort();
    loading.value = requests.length > 0;
    if (requests.length > 0) void load(name, requests);
  });
}

function whatChanged(name: string): Request[] {
  const listed = catalog.value?.runs.filter(({ run }) => runs.value.includes(run)) ?? [];
  return whatIsMissing(listed, loaded.peek().get(name));
}

async function load(name: string, requests: readonly Request[]): Promise<void> {
  panelRequest = new AbortController();
  const aborted = panelRequest.signal;
  try {
    await Promise.all(requests.map((request) => loadOne(name, request, aborted)));
    if (aborted.aborted) return;
    const finer = untracked(() => whatChanged(name));
    loading.value = finer.length > 0;
    if (finer.length > 0) await load(name, finer);
  } catch (error) {
    if (aborted.aborted) return;
    panelRequest.abort();
    loading.value = false;
    noteFailure(error);
  }
}

/** Says that records could not be loaded. */
export function noteFailure(error: unknown): void {
  failure.value = error instanceof Error ? error : new ApiError(String(error));
}

async function loadOne(name: string, request: Request, aborted: AbortSignal): Promise<void> {
  const { runs: asked, detail } = request;
  const buffer = await answers().panel(name, [...asked.keys()], detail, aborted);
  if (aborted.aborted) return;
  const byRun = loaded.peek().get(name) ?? new Map<string, LoadedRun>();
  const before = [...asked.keys()].flatMap((run) => byRun.get(run)?.series ?? []);
  const read = readFrame(buffer, before, detail);
  const known = ({ run, tag }: Series) => before.find((e) => e.run === run && e.tag === tag);
  if (isGrowth(detail) && read.some((entry) => isBare(entry, known(entry)))) {
    return loadOne(name, { runs: asked, detail: levelFor(runs.peek().length) }, aborted);
  }
  batch(() => {
    loaded.value = new Map(loaded.peek()).set(name, merge(byRun, request, read));
    failure.value = null;
  });
}

const isGrowth = ({ from, to }: Detail) => from !== undefined && to === undefined;

function merge(
  byRun: ReadonlyMap<string, LoadedRun>,
  { runs: asked, detail }: Request,
  read: readonly Series[],
): Map<string, LoadedRun> {
  const merged = new Map(byRun);
  for (const [run, signature] of asked) {
    const series = read.filter((entry) => entry.run === run);
    const most = detail.most ?? byRun.get(run)?.most ?? 0;
    merged.set(run, { signature, series, most });
  }
  return merged;
}

/** Loads more records of runs that the panel `name` holds already. */
export async function loadMore(
  name: string,
  names: readonly string[],
  detail: Detail,
  aborted: AbortSignal,
): Promise<void> {
  const byRun = loaded.peek().get(name);
  const signatures = names.flatMap((run) => {
    const known = byRun?.get(run);
    return known ? [[run, known.signature] as const] : [];
  });
  await loadOne(name, { runs: new Map(signatures), detail }, aborted);
}

const MOST_BYTES = 512 * 2 ** 20; // more than a page should hold

/** Loads every record of the shown runs that the panel draws; raises an error if they are too many. */
export async function loadEverything(): Promise<void> {
  const partial = series.peek().filter(isPartial);
  if (partial.length === 0) return;
  const bytes = missingBytes(partial);
  if (bytes > MOST_BYTES) {
    const size = `${Math.round(bytes / 2 ** 20)} MB`;
    throw new Error(`it needs ${size} of records. Show fewer runs, or use tb-explain export.`);
  }
  const names = [...new Set(partial.map(({ run }) => run))];
  await loadMore(view.panel.peek(), names, {}, new AbortController().signal);
}
