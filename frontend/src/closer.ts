/** Loads what a chart of a long run shows once it was zoomed into, where that is not too much. */
import { context, timeline } from "./context";
import { type Level, levelFor, missingBytes } from "./detail";
import { loadMore, noteFailure, series } from "./state";
import type { Series } from "./types";
import { view } from "./view";

interface Window {
  readonly run: string;
  readonly from: number;
  readonly to: number;
}

let request: AbortController | null = null;

/**
 * Loads every record between two places on the time axis, of all shown runs.
 *
 * Of more than a whole level of detail holds, none are: there the level is close enough.
 */
export function lookCloser(from: number, to: number): void {
  const names = context.runs.peek();
  const level = levelFor(names.length);
  const windows = names.flatMap((run) => windowOf(run, [from, to], level) ?? []);
  if (windows.length === 0) return;
  request?.abort();
  request = new AbortController();
  void load(view.panel.peek(), windows, request.signal);
}

async function load(panel: string, windows: readonly Window[], aborted: AbortSignal) {
  try {
    for (const { run, from, to } of windows) await loadMore(panel, [run], { from, to }, aborted);
  } catch (error) {
    if (!aborted.aborted) noteFailure(error);
  }
}

/** Returns the steps of `run` between two places; null if they are loaded, or too many are not. */
function windowOf(run: string, [low, high]: readonly [number, number], level: Level) {
  const { placeOf } = timeline.peek();
  const inside = ({ step }: { readonly step: number }) => {
    const place = placeOf(run, step);
    return low <= place && place <= high;
  };
  const lacking = series.peek().flatMap((entry): Series[] => {
    const unloaded = entry.run === run ? entry.unloaded.filter(inside) : [];
    return unloaded.length > 0 ? [{ ...entry, unloaded }] : [];
  });
  const most = Math.max(0, ...lacking.map(({ unloaded }) => unloaded.length));
  if (most === 0 || most > level.most || missingBytes(lacking) > level.room) return null;
  const steps = lacking.flatMap(({ unloaded }) => unloaded.map(({ step }) => step));
  return { run, from: Math.min(...steps), to: Math.max(...steps) };
}
