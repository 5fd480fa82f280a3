/** Where the shown tracks' records lie on the time axis, and which part of it is drawn. */
import { computed } from "@preact/signals";
import { axis, timeline } from "../../context";
import type { Entry, Span } from "./cells";
import { tracks } from "./model";
import { shown } from "./settings";
import type { Track } from "./tracks";

/** The time axis from the first record of any shown track to the end of its last. */
export const wholeSpan = computed<Span>(() => {
  const all = tracks.value.map(entriesOf).filter((entries) => entries.length > 0);
  const from = Math.min(...all.map(([first]) => first.place));
  const ends = all.map((entries) => {
    const last = entries[entries.length - 1].place;
    const before = entries[entries.length - 2]?.place ?? last - 1;
    return last + (last - before);
  });
  return all.length > 0 ? { from, to: Math.max(...ends) } : { from: 0, to: 1 };
});

/** The part of the time axis that is drawn. */
export const span = computed<Span>(() => {
  const whole = wholeSpan.value;
  if (shown.zoom.value?.axis !== axis.value) return whole;
  const { from, to } = shown.zoom.value;
  const inside = { from: Math.max(from, whole.from), to: Math.min(to, whole.to) };
  return inside.from < inside.to ? inside : whole;
});

/** Returns where the records of `track` lie on the time axis, and its gaps. */
export function entriesOf({ run, readings, gaps }: Track): Entry[] {
  const { placeOf } = timeline.value;
  const entries = readings.map(({ step }, index) => ({ place: placeOf(run, step), index }));
  const holes = gaps.map(({ step }) => ({ place: placeOf(run, step), index: -1 }));
  return holes.length === 0 ? entries : [...entries, ...holes].sort((a, b) => a.place - b.place);
}
