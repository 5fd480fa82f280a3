/** What every panel is given, derived from the view and the loaded series. */
import { computed } from "@preact/signals";
import { oldestFirst } from "./catalog";
import { assignPlaces, paletteColour } from "./colours";
import { isCovered } from "./detail";
import { linked } from "./linked";
import { effectiveStep, nearestMoment, sinceWords, tellingAxis } from "./moments";
import { probesOf, samplesOf } from "./samples";
import { catalog, runs, series } from "./state";
import { dark } from "./theme";
import { timelineOf } from "./timeline";
import type { Moment, PanelContext } from "./types";
import { type Axis, view } from "./view";

const PALETTE = 10; // runs that can all have a colour of their own

const telling = computed(() => tellingAxis(series.value));

/** What the scrubber counts in. */
export const axis = linked<Axis>(
  () => view.axis.value ?? telling.value,
  (value) => {
    view.axis.value = value === telling.peek() ? null : value;
  },
);

/** Where the scrubber stops, and where the runs' records lie. */
export const timeline = computed(() => timelineOf(series.value, axis.value));

const moments = computed(() => timeline.value.moments);

/** All samples of the shown runs' probes. */
export const samples = computed(() => samplesOf(probesOf(series.value)));

const colours = computed(() => {
  const all = catalog.value ? oldestFirst(catalog.value.runs) : [];
  const shown = new Set(runs.value);
  return assignPlaces(all.length <= PALETTE ? all : all.filter((run) => shown.has(run)));
});

/** Where the scrubber stands: at the newest moment, or where a person put it. */
export const wanted = computed(() => effectiveStep(moments.value, view.step.value));

let held: number | null = null;

/**
 * What the panel shows: where the scrubber stands, as soon as the records that are shown there have
 * been loaded; until then, what was shown before. So nothing is ever shown as of another step.
 */
const shown = computed(() => {
  const fits = (at: number) =>
    series.value.every((entry) => isCovered(entry, timeline.value.stepIn(entry.run, at)));
  const newest = moments.value.at(-1)?.step ?? wanted.value;
  const candidates = [wanted.value, ...moments.value.flatMap((m) => (m.step === held ? held : []))];
  held = candidates.find(fits) ?? newest;
  return held;
});

const step = linked(
  () => shown.value,
  (value) => {
    const newest = moments.peek().at(-1)?.step;
    view.step.value = value === newest ? null : value;
  },
);

const index = computed(() => moments.value.findIndex((moment) => moment.step === step.value));

/** Where the scrubber stands on the axis. */
export const here = computed(() => timeline.value.positions[index.value] ?? 0);

/** Returns what a record that is shown is of, such as "epoch 3"; "" where the scrubber is there. */
export function shownSince(record: Moment): string {
  const now = moments.value[index.value];
  return now ? sinceWords(record, now, axis.value) : "";
}

/** Moves the scrubber to the moment nearest to `place` on the axis. */
export function scrubTo(place: number): void {
  const { moments: all, positions } = timeline.peek();
  const nearest = nearestMoment(all, positions, place);
  if (nearest && nearest.step !== wanted.peek()) step.value = nearest.step;
}

const sample = linked(
  () => {
    const wanted = view.sample.value;
    const known = samples.value.some(({ hash }) => hash === wanted);
    return known ? wanted : (samples.value[0]?.hash ?? null);
  },
  (value) => {
    view.sample.value = value;
  },
);

export const context: PanelContext = {
  series,
  runs,
  moments,
  step,
  sample,
  dark,
  stepIn: (run) => timeline.value.stepIn(run, step.value),
  scrubToRecord: (run, at) => scrubTo(timeline.peek().placeOf(run, at)),
  runColour(run) {
    const place = colours.value.get(run);
    return place === undefined ? "var(--mute)" : paletteColour(place, dark.value);
  },
};

/** Moves the scrubber by `offset` moments. */
export function moveMoment(offset: number): void {
  const all = moments.peek();
  const index = all.findIndex((moment) => moment.step === wanted.peek());
  const target = all[Math.min(all.length - 1, Math.max(0, index + offset))];
  if (target) step.value = target.step;
}

/** Moves to the sample `offset` further in `order`. */
export function moveSample(offset: number, order: readonly string[]): void {
  const index = order.indexOf(sample.peek() ?? "");
  const target = order[Math.min(order.length - 1, Math.max(0, index + offset))];
  if (target !== undefined) sample.value = target;
}
