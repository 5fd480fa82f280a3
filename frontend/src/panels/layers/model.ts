/** The panel's data, derived once for all of its parts. */
import { computed } from "@preact/signals";
import { context } from "../../context";
import { linked } from "../../linked";
import { indexAtOrBefore } from "../../moments";
import { probesOf } from "../../samples";
import { type Alert, type AlertGroup, alertGroups, alertsOf, lastsAt } from "./alerts";
import { type Grid, gridOf } from "./grid";
import { deepest, groupName, type Level, mergedOrder } from "./groups";
import { nearestRow, shownRows } from "./rows";
import { isLogarithmic, scaleOf, type ValueScale } from "./scale";
import { chosen, shown } from "./settings";
import type { Statistic, What } from "./tables";
import { layerTracksOf, silentGaps, type Track } from "./tracks";

const ORDER: readonly What[] = ["activations", "gradients", "weights"];
const USUAL: What = "gradients"; // what tells most, and is shown first

const { series, stepIn } = context;

export const probes = computed(() => probesOf(series.value));
export const allTracks = computed(() => layerTracksOf(series.value));

/** Alerts of all shown runs, whatever they are of. */
export const alerts = computed(() => alertsOf(series.value));
export const groupsOfAlerts = computed<readonly AlertGroup[]>(() => alertGroups(alerts.value));

/** What was recorded of layers, in the order in which it is offered. */
export const whats = computed(() =>
  ORDER.filter((what) => allTracks.value.some((track) => track.what === what)),
);

export const what = linked<What>(
  () => {
    const wanted = chosen.what.value;
    const known = [wanted, USUAL, ...whats.value].find(
      (each) => each && whats.value.includes(each),
    );
    return known ?? USUAL;
  },
  (value) => {
    chosen.what.value = value;
  },
);

const ofWhat = computed(() => allTracks.value.filter((track) => track.what === what.value));

/** Names of the monitors that recorded it. */
export const monitors = computed(() => [...new Set(ofWhat.value.map(({ monitor }) => monitor))]);

/** What is drawn: each run's figures, by monitor. */
export const tracks = computed<readonly Track[]>(() => {
  const wanted = chosen.monitor.value;
  const known = monitors.value.includes(wanted);
  return known ? ofWhat.value.filter(({ monitor }) => monitor === wanted) : ofWhat.value;
});

/** What could not be recorded or used at all, in words. */
export const faults = computed(() => [
  ...silentGaps(series.value),
  ...ofWhat.value.flatMap((track) => track.faults),
]);

export const statistics = computed<readonly Statistic[]>(() => {
  const known = new Map<string, Statistic>();
  for (const { statistics: each } of tracks.value.flatMap((track) => track.tables)) {
    for (const statistic of each) {
      if (!known.has(statistic.name)) known.set(statistic.name, statistic);
    }
  }
  return [...known.values()];
});

export const statistic = computed<Statistic | null>(
  () =>
    statistics.value.find(({ name }) => name === chosen.statistic.value) ??
    statistics.value[0] ??
    null,
);

export const logarithmic = computed(() =>
  chosen.scale.value === null
    ? isLogarithmic(statistic.value?.scale ?? "linear")
    : chosen.scale.value === "log",
);

const layerNames = computed(() => [
  ...new Set(
    tracks.value.flatMap(({ tables }) => tables.flatMap(({ layers }) => layers.map((l) => l.name))),
  ),
]);

export const deepestBlock = computed(() => deepest(layerNames.value, what.value));

export const level = computed<Level>(() => ({
  rollUp: shown.rollUp.value,
  depth: Math.max(1, Math.min(deepestBlock.value, shown.depth.value)),
}));

export const grids = computed<ReadonlyMap<Track, Grid>>(() => {
  const name = statistic.value?.name ?? "";
  return new Map(tracks.value.map((track) => [track, gridOf(track, name, level.value)]));
});

/** Every row by depth. */
export const allRows = computed(() =>
  mergedOrder([...grids.value.values()].map(({ rows }) => rows)),
);

/** A track's run, with its monitor where the run has several. */
export function trackName(track: Track): string {
  return hasTwin(track) ? `${track.run}, ${track.monitor}` : track.run;
}

/** Whether another monitor of the same run recorded the same. */
export function hasTwin(track: Track): boolean {
  return tracks.value.some((other) => other !== track && other.run === track.run);
}

/** Returns the index of the reading that is shown at the scrubber; -1 for none yet. */
export function readingAt({ run, readings }: Track): number {
  return indexAtOrBefore(readings, stepIn(run));
}

/** Returns the value of a row of `track` at the scrubber. */
export function valueAt(track: Track, row: string): number {
  const grid = grids.value.get(track);
  const place = grid?.places.get(row);
  const index = readingAt(track);
  if (!grid || place === undefined || index < 0) return Number.NaN;
  return grid.values[place * grid.width + index];
}

/** Every row that matches, as filtered and sorted. */
export const matching = computed(() =>
  shownRows(allRows.value, shown.filter.value, shown.sort.value, (row) =>
    tracks.value.reduce((most, track) => {
      const value = valueAt(track, row);
      return Number.isNaN(most) || value > most ? value : most;
    }, Number.NaN),
  ),
);

const MOST = 4000; // rows, two pixels each: a canvas holds no more on a fine screen

/** The rows that are drawn. */
export const rows = computed(() => matching.value.slice(0, MOST));

/** The row in depth. */
export const layer = linked<string | null>(
  () => nearestRow(rows.value, wantedRow()),
  (value) => {
    chosen.layer.value = value;
  },
);

/** What to look at without a choice: an alert at the scrubber, else the first one. */
const alarm = computed<Alert | null>(() => {
  const run = chosen.focus.value?.[0];
  const candidates = tracks.value.flatMap((track) =>
    run === undefined || track.run === run
      ? alerts.value.filter((alert) => isOf(alert, track))
      : [],
  );
  return candidates.find((alert) => lastsAt(alert, stepIn(alert.run))) ?? candidates[0] ?? null;
});

/** Whether `alert` is about what `track` recorded. */
export function isOf({ run, monitor, what: about }: Alert, track: Track): boolean {
  return track.run === run && track.monitor === monitor && track.what === about;
}

/** What was chosen; without a choice, where an alert is. */
function wantedRow(): string | null {
  const wanted = chosen.layer.value ?? alarm.value?.layer ?? null;
  if (wanted === null || allRows.value.includes(wanted)) return wanted;
  return layerNames.value.includes(wanted) ? groupName(wanted, what.value, level.value) : wanted;
}

export const focus = linked<Track | null>(
  () => {
    const [run, monitor] = chosen.focus.value ?? [];
    const own = tracks.value.filter((track) => track.run === run);
    const chosenTrack = own.find((track) => track.monitor === monitor) ?? own[0];
    const found = alarm.value;
    const alarming = found && tracks.value.find((track) => isOf(found, track));
    return chosenTrack ?? alarming ?? tracks.value[0] ?? null;
  },
  (value) => {
    chosen.focus.value = value && [value.run, value.monitor];
  },
);

const sharedScale = computed(() => scaleFor([...grids.value.values()]));
const ownScales = computed(
  () => new Map([...grids.value].map(([track, grid]) => [track, scaleFor([grid])])),
);

function scaleFor(all: readonly Grid[]): ValueScale {
  const values = all.map((grid) => grid.values);
  return scaleOf(values, statistic.value?.scale ?? "linear", logarithmic.value);
}

/** Returns the scale of a track's colours. */
export function colourScale(track: Track): ValueScale {
  const own = shown.colours.value === "own" ? ownScales.value.get(track) : undefined;
  return own ?? sharedScale.value;
}

/** Returns the row that holds the layer `name`. */
export function rowOf(name: string): string {
  return allRows.value.includes(name) ? name : groupName(name, what.value, level.value);
}
