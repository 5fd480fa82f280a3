/** Where the shown tracks' records lie on the time axis, and which part of it is drawn. */
import { computed } from "@preact/signals";
import { axis, timeline } from "../../context";
import { holeBehind } from "../../holes";
import { type Entry, endOf, type Span } from "./cells";
import { tracks } from "./model";
import { shown } from "./settings";
import type { Track } from "./tracks";

/** The time axis from the first record of any shown track to the end of its last. */
export const wholeSpan = computed<Span>(() => {
  const all = tracks.value.map(entriesOf).filter((entries) => entries.length > 0);
  const from = Math.min(...all.map(([first]) => first.place));
  const ends = all.map((entries) => endOf(entries, entries.length - 1, { from: 0, to: 1 }));
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
export function entriesOf(track: Track): Entry[] {
  return placed(track, momentsOf(track));
}

/** Returns those of them whose cells are drawn: all, where all are loaded, else those of a level. */
export function drawnEntries(track: Track): Entry[] {
  const { run, aside, unloaded } = track;
  const moments = momentsOf(track);
  if (!aside?.size) return placed(track, moments);
  const { placeOf } = timeline.value;
  const { from, to } = span.value;
  const inside = ({ step }: { readonly step: number }) => {
    const place = placeOf(run, step);
    return from <= place && place < to;
  };
  const seen = new Set(unloaded.some(inside) ? [] : moments.filter(inside));
  const newest = moments.at(-1);
  const drawn = moments.filter(
    (each) => !aside.has(each.step) || seen.has(each) || each === newest,
  );
  return placed(track, drawn);
}

interface Recorded {
  readonly step: number;
  /** Of its reading; -1 for a gap. */
  readonly index: number;
}

function momentsOf({ readings, gaps }: Track): Recorded[] {
  const moments = readings.map(({ step }, index) => ({ step, index }));
  const holes = gaps.map(({ step }) => ({ step, index: -1 }));
  return holes.length === 0 ? moments : [...moments, ...holes].sort((a, b) => a.step - b.step);
}

function placed({ run, holes }: Track, moments: readonly Recorded[]): Entry[] {
  const { placeOf } = timeline.value;
  return moments.map(({ step, index }, i) => {
    const place = placeOf(run, step);
    const hole = holeBehind(holes, step);
    if (!hole || hole.after >= (moments[i + 1]?.step ?? -1)) return { place, index };
    const begin = placeOf(run, hole.after);
    return { place, index, end: begin + hole.held * (placeOf(run, hole.step) - begin) };
  });
}
