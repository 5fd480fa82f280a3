/** The panel's data, derived once for all of its parts. */
import { computed } from "@preact/signals";
import { context } from "../../context";
import { linked } from "../../linked";
import { indexAtOrBefore } from "../../moments";
import { mergedOrder } from "../layers/groups";
import { nearestRow, shownRows } from "../layers/rows";
import { areaOf } from "./rank";
import {
  type Edit,
  type Measure,
  type Reading,
  silentGaps,
  type Track,
  tracksOf,
  type Unit,
} from "./readings";
import { scaleOf } from "./scale";
import { chosen } from "./settings";
import { EDITS, MEASURES } from "./words";

const { series, stepIn } = context;

export const allTracks = computed(() => tracksOf(series.value));
export const faults = computed(() => silentGaps(series.value));

/** Which edits were recorded, in the order in which they are offered. */
export const edits = computed(() =>
  (Object.keys(EDITS) as Edit[]).filter((edit) =>
    allTracks.value.some((track) => track.edit === edit),
  ),
);

export const edit = linked<Edit>(
  () => {
    const wanted = chosen.edit.value;
    return wanted && edits.value.includes(wanted) ? wanted : (edits.value[0] ?? "unstructured");
  },
  (value) => {
    chosen.edit.value = value;
  },
);

/** Everything that was recorded of the shown edit, by run and monitor. */
export const tracks = computed(() => allTracks.value.filter((track) => track.edit === edit.value));

export const measures = computed(() =>
  MEASURES.filter((measure) =>
    tracks.value.some(({ readings }) => readings.some(({ values }) => values[measure])),
  ),
);

/** How many records hold a measure: estimates are of one alone. */
function recordsOf(measure: Measure): number {
  const held = tracks.value.map(({ readings }) => readings.filter(({ values }) => values[measure]));
  return held.reduce((sum, { length }) => sum + length, 0);
}

/** What most records hold, and of several such the first one. */
const usualMeasure = computed<Measure>(() =>
  measures.value.reduce(
    (best, each) => (recordsOf(each) > recordsOf(best) ? each : best),
    measures.value[0] ?? "kl",
  ),
);

export const measure = linked<Measure>(
  () => {
    const wanted = chosen.measure.value;
    return wanted && measures.value.includes(wanted) ? wanted : usualMeasure.value;
  },
  (value) => {
    chosen.measure.value = value;
  },
);

/** Name of what the measure "metric" is. */
export const metric = computed(
  () => tracks.value.find(({ readings }) => readings.length > 0)?.readings[0].metric ?? "metric",
);

const readingsByTrack = computed(
  () => new Map(tracks.value.map((track) => [track, track.readings.filter(isShown)])),
);

function isShown(reading: Reading): boolean {
  return isOfSource(reading) && reading.values[measure.value] !== undefined;
}

/** Whether a reading is one of the chosen: exact, estimated, or all. */
export function isOfSource({ estimate }: Reading): boolean {
  const source = chosen.source.value;
  return source === "all" || (estimate === null) === (source === "exact");
}

/** Returns the readings of `track` that hold the measure, of the chosen source. */
export function readingsOf(track: Track): readonly Reading[] {
  return readingsByTrack.value.get(track) ?? [];
}

/** Returns the reading that is shown at the scrubber; undefined: none yet. */
export function readingAt(track: Track): Reading | undefined {
  const readings = readingsOf(track);
  return readings[indexAtOrBefore(readings, stepIn(track.run))];
}

export const scale = computed(() =>
  scaleOf([...readingsByTrack.value.values()].flat(), measure.value),
);

/** Names of all units by depth. */
export const allUnits = computed(() =>
  mergedOrder(
    tracks.value.flatMap(({ readings }) => {
      const newest = readings.at(-1);
      return newest ? [newest.units.map(({ name }) => name)] : [];
    }),
  ),
);

const USUAL_END = ".weight";
const shortened = computed(() => allUnits.value.every((name) => name.endsWith(USUAL_END)));

/** Returns the name of a unit as it is drawn: an end that all have tells nothing. */
export function shortName(name: string): string {
  return shortened.value && name.endsWith(USUAL_END) ? name.slice(0, -USUAL_END.length) : name;
}

/** Returns what is known of the unit `name`, from any track. */
export function unitOf(name: string): Unit | undefined {
  for (const { readings } of tracks.value) {
    const newest = readings.at(-1);
    const row = newest?.places.get(name);
    if (newest && row !== undefined) return newest.units[row];
  }
  return undefined;
}

function sortValue(name: string): number {
  if (chosen.sort.value === "cost") return unitOf(name)?.macs ?? Number.NaN;
  const areas = tracks.value.flatMap((track) => {
    const reading = readingAt(track);
    const area = reading ? areaOf(reading, measure.value, name) : Number.NaN;
    return Number.isNaN(area) ? [] : [area];
  });
  return areas.length > 0 ? Math.max(...areas) : Number.NaN;
}

const MOST = 2000; // rows of a canvas that every browser can hold

export const matching = computed(() => {
  const sort = chosen.sort.value === "depth" ? "depth" : "value";
  return shownRows(allUnits.value, chosen.filter.value, sort, sortValue);
});
/** The rows that are drawn. */
export const rows = computed(() => matching.value.slice(0, MOST));

export const unit = linked<string | null>(
  () => nearestRow(rows.value, chosen.unit.value),
  (value) => {
    chosen.unit.value = value;
  },
);

/** The run and monitor in depth. */
export const focus = linked<Track | null>(
  () => {
    const [run, monitor] = chosen.focus.value ?? [];
    const own = tracks.value.filter((track) => track.run === run);
    return own.find((track) => track.monitor === monitor) ?? own[0] ?? tracks.value[0] ?? null;
  },
  (value) => {
    chosen.focus.value = value && [value.run, value.monitor];
  },
);

/** A track's run, with its monitor where the run has several. */
export function trackName(track: Track): string {
  const twin = tracks.value.some((other) => other !== track && other.run === track.run);
  return twin ? `${track.run}, ${track.monitor}` : track.run;
}

const levelCount = computed(() => (focus.value && readingAt(focus.value)?.levelNames.length) || 1);
const USUAL_DEPTH = 0.75; // where differences show, and models still work

/** Index of the level in depth. */
export const level = computed(() => {
  const last = levelCount.value - 1;
  const wanted = chosen.level.value ?? Math.floor(USUAL_DEPTH * last);
  return Math.max(0, Math.min(last, Math.round(wanted)));
});
