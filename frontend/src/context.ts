/** What every panel is given, derived from the view and the loaded series. */
import { computed } from "@preact/signals";
import { oldestFirst } from "./catalog";
import { assignPlaces, paletteColour } from "./colours";
import { linked } from "./linked";
import { effectiveStep, nearestMoment } from "./moments";
import { probesOf, samplesOf } from "./samples";
import { catalog, runs, series } from "./state";
import { dark } from "./theme";
import { timelineOf } from "./timeline";
import type { PanelContext } from "./types";
import { view } from "./view";

const PALETTE = 10; // runs that can all have a colour of their own

/** What the scrubber counts in. */
export const { axis } = view;

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

const step = linked(
  () => effectiveStep(moments.value, view.step.value),
  (value) => {
    const newest = moments.peek().at(-1)?.step;
    view.step.value = value === newest ? null : value;
  },
);

/** Where the scrubber stands on the axis. */
export const here = computed(() => {
  const index = moments.value.findIndex((moment) => moment.step === step.value);
  return timeline.value.positions[index] ?? 0;
});

/** Moves the scrubber to the moment nearest to `place` on the axis. */
export function scrubTo(place: number): void {
  const { moments: all, positions } = timeline.peek();
  const nearest = nearestMoment(all, positions, place);
  if (nearest && nearest.step !== step.peek()) step.value = nearest.step;
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
  const index = all.findIndex((moment) => moment.step === step.peek());
  const target = all[Math.min(all.length - 1, Math.max(0, index + offset))];
  if (target) step.value = target.step;
}

/** Moves to the sample `offset` further in `order`. */
export function moveSample(offset: number, order: readonly string[]): void {
  const index = order.indexOf(sample.peek() ?? "");
  const target = order[Math.min(order.length - 1, Math.max(0, index + offset))];
  if (target !== undefined) sample.value = target;
}
