/** Fetches the records that are to be shown at the scrubber, and those it is about to reach. */
import { effect } from "@preact/signals";
import { context, timeline, wanted } from "./context";
import { isCovered, rangeAround } from "./detail";
import { indexAtOrBefore, momentsOf } from "./moments";
import { currentParts } from "./panels/fetching";
import { attempt, loading, loadMore, noteFailure, series } from "./state";
import { view } from "./view";

const AHEAD = 8; // moments before those that are held end

interface Range {
  readonly panel: string;
  readonly run: string;
  /** The step that is to be shown. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

let request: AbortController | null = null;
/** What it asks for. */
let underWay: readonly Range[] = [];
/** The last question, in full: what did not help is not asked for twice. */
let tried = "";
let before = 0;

/** Keeps what is shown at the scrubber loaded from now on; returns what ends it. */
export function fetchAround(): () => void {
  return effect(() => {
    const step = wanted.value;
    const forward = step >= before;
    before = step;
    const now = missingAt(step);
    // More of everything is under way.
    const soon = loading.value ? step : ahead(step, forward);
    const ranges = now.length > 0 ? now : missingAt(soon);
    const question = JSON.stringify([view.panel.value, attempt.value, step, ranges]);
    if (ranges.length === 0 || question === tried) return;
    if (request && (now.length === 0 || now.every(isUnderWay))) return;
    tried = question;
    request?.abort();
    void fetchRanges(ranges);
  });
}

/** Returns the moment that scrubbing on would soon reach. */
function ahead(step: number, forward: boolean): number {
  const moments = context.moments.value;
  const index = indexAtOrBefore(moments, step) + (forward ? AHEAD : -AHEAD);
  return moments[Math.max(0, Math.min(moments.length - 1, index))]?.step ?? step;
}

/** Returns what to fetch of runs that do not hold what they show at `step`, or elsewhere. */
function missingAt(step: number): Range[] {
  const scrubbed = context.runs.value.map((run) => ({
    run,
    step: timeline.value.stepIn(run, step),
  }));
  const elsewhere = currentParts.value?.places?.(context) ?? [];
  return [...scrubbed, ...elsewhere].flatMap((place) => {
    const own = series.value.filter(({ run }) => run === place.run);
    if (own.every((entry) => isCovered(entry, place.step))) return [];
    const { run, step: at } = place;
    return [{ panel: view.panel.value, run, at, ...rangeAround(own, momentsOf(own), at) }];
  });
}

function isUnderWay({ panel, run, at }: Range): boolean {
  return underWay.some(
    (each) => each.panel === panel && each.run === run && each.from <= at && at <= each.to,
  );
}

const keyOf = ({ from, to }: Range) => `${from}-${to}`;

async function fetchRanges(ranges: readonly Range[]): Promise<void> {
  const own = new AbortController();
  request = own;
  underWay = ranges;
  try {
    for (const [key, { panel, from, to }] of new Map(ranges.map((each) => [keyOf(each), each]))) {
      const runs = ranges.filter((each) => keyOf(each) === key).map(({ run }) => run);
      await loadMore(panel, runs, { from, to }, own.signal);
    }
  } catch (error) {
    if (!own.signal.aborted) noteFailure(error);
  } finally {
    if (request === own) request = null;
  }
}
