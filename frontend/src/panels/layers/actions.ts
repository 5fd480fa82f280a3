/** What a click or a key does: choose a layer, a moment, an alert, a stretch of time. */
import { batch } from "@preact/signals";
import { axis, context, here, timeline } from "../../context";
import { nearestMoment } from "../../moments";
import { type Alert, type AlertGroup, ruleStatistic } from "./alerts";
import {
  allTracks,
  focus,
  groupsOfAlerts,
  isOf,
  layer,
  logarithmic,
  rows,
  statistic,
  statistics,
  tracks,
  what,
} from "./model";
import { span, wholeSpan } from "./placement";
import { chosen, shown } from "./settings";
import type { What } from "./tables";
import { recordedStep, type Track } from "./tracks";

/** Shows a row in depth, and the record at `step` where one is named. */
export function select(track: Track, row: string | null, step: number | null): void {
  batch(() => {
    focus.value = track;
    if (row !== null) layer.value = row;
    if (step !== null) context.scrubToRecord(track.run, step);
  });
}

/** Moves to the row `offset` further. */
export function moveLayer(offset: number): void {
  const all = rows.peek();
  const index = all.indexOf(layer.peek() ?? "");
  const target = all[Math.min(all.length - 1, Math.max(0, index + offset))];
  if (target !== undefined) layer.value = target;
}

/** Shows what an alert is about: its run and layer, what the rule judges, the moment it began. */
export function jumpTo({ run, monitor, what: about, rule, layer: name, since }: Alert): void {
  batch(() => {
    what.value = about as What;
    shown.filter.value = "";
    chosen.layer.value = name;
    if (chosen.monitor.value !== monitor) chosen.monitor.value = "";
    showStatistic(ruleStatistic(rule, about));
    const track = tracks.value.find((each) => each.run === run && each.monitor === monitor);
    if (track) focus.value = track;
    context.scrubToRecord(run, track ? recordedStep(track, since) : since);
    const { from, to } = span.value;
    if (here.value < from || here.value > to) shown.zoom.value = null;
  });
}

/** Draws the statistic `name` where there is one. */
function showStatistic(name: string | null): void {
  if (name === statistic.value?.name || !statistics.value.some((each) => each.name === name))
    return;
  chosen.statistic.value = name ?? "";
  chosen.scale.value = null;
}

/** Jumps to the first alert after the scrubber, or the last one before it. */
export function moveAlert(direction: 1 | -1): void {
  const now = context.step.peek();
  const ahead = groupsOfAlerts
    .peek()
    .map((group) => ({ group, away: direction * (momentOf(group) - now) }))
    .filter(({ away }) => away > 0)
    .sort((a, b) => a.away - b.away);
  if (ahead.length > 0) jumpTo(ahead[0].group.alerts[0]);
}

/** Returns the step of the moment at which the scrubber shows how a group began. */
function momentOf({ run, since, alerts: [first] }: AlertGroup): number {
  const { moments, positions, placeOf } = timeline.peek();
  const track = allTracks.peek().find((each) => isOf(first, each));
  const step = track ? recordedStep(track, since) : since;
  return nearestMoment(moments, positions, placeOf(run, step))?.step ?? step;
}

/** Shows a stretch of the time axis; all of it where hardly less remains. */
export function zoomTo(from: number, to: number): void {
  const whole = wholeSpan.peek();
  const [low, high] = [Math.max(whole.from, from), Math.min(whole.to, to)];
  const all = high - low > 0.99 * (whole.to - whole.from);
  if (high - low > (whole.to - whole.from) / 1000) {
    shown.zoom.value = all ? null : { axis: axis.peek(), from: low, to: high };
  }
}

/** Makes the shown stretch `factor` as long, around `place`. */
export function zoomAround(place: number, factor: number): void {
  const { from, to } = span.peek();
  zoomTo(place - (place - from) * factor, place + (to - place) * factor);
}

export function toggleScale(): void {
  chosen.scale.value = logarithmic.peek() ? "linear" : "log";
}
