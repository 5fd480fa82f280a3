/** Everything the panel derives from its records and settings, computed once for all its parts. */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { axis } from "../../context";
import { type Sample, samplesOf } from "../../samples";
import type { PanelContext } from "../../types";
import { type Column, columnsOf, isPartial, momentAt, worthShowing } from "./columns";
import { differencePeak, type Limits, limitsOf, scaleKey } from "./limits";
import { indexRuns, type RunRecords } from "./records";
import { type Against, referenceOf } from "./reference";
import { filterSamples } from "./samples";
import { chosen, drawn, type LayoutName, type Space } from "./settings";
import {
  type Absence,
  entriesOf,
  INPUT,
  isAbsence,
  mapOf,
  type Source,
  sourceOf,
  targetsOf,
} from "./sources";

/** What was recorded, to choose from; in the order of recording. */
export interface Options {
  readonly methods: readonly string[];
  /** Of `methods`, for people. */
  readonly titles: ReadonlyMap<string, string>;
  /** Those of maps that are not of the input itself. */
  readonly layers: readonly string[];
  readonly targets: readonly string[];
}

/** The sources of one run and method, by moment. */
export interface Track {
  readonly run: number;
  readonly method: string;
  /** The method's name for people. */
  readonly title: string;
  readonly sources: readonly (Source | Absence)[];
}

export interface Model {
  readonly space: Space;
  readonly runs: ReadonlySignal<readonly RunRecords[]>;
  readonly options: ReadonlySignal<Options>;
  readonly methods: ReadonlySignal<readonly string[]>;
  readonly target: ReadonlySignal<string>;
  readonly allSamples: ReadonlySignal<readonly Sample[]>;
  readonly samples: ReadonlySignal<readonly Sample[]>;
  readonly columns: ReadonlySignal<readonly Column[]>;
  readonly layout: ReadonlySignal<LayoutName>;
  /** Run by run, method by method; those without any map are left out. */
  readonly tracks: ReadonlySignal<readonly Track[]>;
  /** Over all samples, whatever the filter: it must not change colours. */
  readonly limits: ReadonlySignal<ReadonlyMap<string, Limits>>;
  readonly against: ReadonlySignal<Against>;
  /** By scale key: the largest |difference|; empty unless differences are drawn. */
  readonly differenceLimits: ReadonlySignal<ReadonlyMap<string, number>>;
  /** For each run: the index of the moment the scrubber stands at, or -1. */
  readonly scrubbed: ReadonlySignal<readonly number[]>;
  /** The sample in depth, always one of `allSamples`; null without any. */
  readonly sample: ReadonlySignal<Sample | null>;
  /** The track in depth; null without any. */
  readonly track: ReadonlySignal<Track | null>;
  /** What the pointer is over, in the film strip or the picture in depth. */
  readonly hover: Signal<Hover | null>;
}

/** A tile and the place in it that the pointer is over, as fractions of the input. */
export interface Hover {
  /** By index. */
  readonly track: number;
  readonly sample: Sample;
  readonly moment: number;
  readonly x: number;
  readonly y: number;
  /** Of the pointer, in the page. */
  readonly clientX: number;
  readonly clientY: number;
}

const models = new WeakMap<PanelContext, Map<Space, Model>>();

/** Returns the one model of `context` and `space`. */
export function modelOf(context: PanelContext, space: Space = "image"): Model {
  const bySpace = models.get(context) ?? new Map<Space, Model>();
  const known = bySpace.get(space) ?? newModel(context, space);
  models.set(context, bySpace.set(space, known));
  return known;
}

function newModel(context: PanelContext, space: Space): Model {
  const runs = computed(() => indexRuns(context.series.value, context.runs.value, space));
  const options = computed(() => optionsOf(runs.value));
  const methods = computed(() => chosenMethods(options.value.methods));
  const target = computed(() => among(options.value.targets, chosen.target.value) ?? "label");
  const allSamples = computed(() => samplesOf(runs.value.flatMap(({ probes }) => probes)));
  const samples = computed(() => filterSamples(allSamples.value, runs.value, chosen.filter.value));
  const tracks = computed(() => tracksOf(runs.value, options.value, methods.value, target.value));
  const scrubbed = computed(() => runs.value.map((run) => momentAt(run, context.stepIn(run.run))));
  const recorded = computed(() => columnsOf(shownOf(runs.value, tracks.value), axis.value));
  const columns = computed(() =>
    recorded.value.some(isPartial) ? worthShowing(recorded.value, scrubbed.value) : recorded.value,
  );
  const limits = computed(() => limitsOf(tracks.value.flatMap(sourcesIn), allSamples.value));
  const against = computed(() => chosenReference(runs.value));
  const model = { runs, options, methods, target, allSamples, samples, columns, tracks, limits };
  return {
    space,
    ...model,
    against,
    layout: computed(() => chosen.layout.value ?? (tracks.value.length > 1 ? "samples" : "runs")),
    differenceLimits: computed(() =>
      drawn.drawing.value === "difference"
        ? differenceLimits(runs.value, tracks.value, allSamples.value, against.value)
        : new Map(),
    ),
    scrubbed,
    sample: computed(() => sampleInDepth(allSamples.value, samples.value, context.sample.value)),
    track: computed(() => trackInDepth(runs.value, tracks.value)),
    hover: signal<Hover | null>(null),
  };
}

function optionsOf(runs: readonly RunRecords[]): Options {
  const records = runs.flatMap(({ moments }) => moments.flatMap(({ maps }) => maps));
  const entries = records.flatMap(entriesOf);
  // Maps of layers first: they can be read at the size of a film strip.
  const layersFirst = entries.toSorted(
    (a, b) => Number(a.layer === INPUT) - Number(b.layer === INPUT),
  );
  return {
    methods: [...new Set(layersFirst.map(({ method }) => method))],
    titles: new Map(entries.map(({ method, title }) => [method, title])),
    layers: [...new Set(entries.map(({ layer }) => layer))].filter((layer) => layer !== INPUT),
    targets: [...new Set(records.flatMap(targetsOf))],
  };
}

function chosenMethods(recorded: readonly string[]): readonly string[] {
  const wanted = chosen.methods.value ?? recorded.slice(0, 1);
  const found = recorded.filter((method) => wanted.includes(method));
  return found.length > 0 ? found : recorded.slice(0, 1);
}

function among(values: readonly string[], wanted: string | null): string | undefined {
  return values.find((value) => value === wanted) ?? values[0];
}

/** The comparison as chosen; without a choice, the first run and the first trained epoch. */
function chosenReference(runs: readonly RunRecords[]): Against {
  const names = runs.map(({ run }) => run);
  const epochs = runs.flatMap(({ moments }) => moments.map(({ epoch }) => epoch));
  const first = epochs.find((epoch) => epoch >= 0) ?? null;
  return {
    kind: drawn.against.value,
    epoch: drawn.againstEpoch.value ?? first,
    run: among(names, drawn.againstRun.value) ?? null,
  };
}

function tracksOf(
  runs: readonly RunRecords[],
  { titles }: Options,
  methods: readonly string[],
  target: string,
): Track[] {
  return runs.flatMap((records, run) => {
    const layers = records.moments.flatMap(({ maps }) => maps.flatMap(entriesOf));
    const tracks = methods.map((method) => {
      const own = layers.findLast((entry) => entry.method === method)?.layer ?? null;
      const question = { method, target, layer: chosen.layer.value ?? own };
      const sources = records.moments.map((moment) => sourceOf(records, moment, question));
      return { run, method, title: titles.get(method) ?? method, sources };
    });
    const failed = records.moments.some(({ gaps }) => gaps.length > 0);
    return tracks.filter((track) => failed || present(track).length > 0);
  });
}

/** Returns `runs` by the same indices, without the moments of those that no track is about. */
function shownOf(runs: readonly RunRecords[], tracks: readonly Track[]): RunRecords[] {
  const shown = new Set(tracks.map(({ run }) => run));
  return runs.map((run, r) => (shown.has(r) ? run : { ...run, moments: [], unloaded: [] }));
}

/** Returns the sources of a track that are there. */
export function present({ sources }: Track): Source[] {
  return sources.filter((source): source is Source => !isAbsence(source));
}

function sourcesIn(track: Track): { run: number; source: Source }[] {
  return present(track).map((source) => ({ run: track.run, source }));
}

/** Returns the track of `run` and `method`. */
export function trackOf(tracks: readonly Track[], run: number, method: string): Track | undefined {
  return tracks.find((track) => track.run === run && track.method === method);
}

function differenceLimits(
  runs: readonly RunRecords[],
  tracks: readonly Track[],
  samples: readonly Sample[],
  against: Against,
): Map<string, number> {
  const limits = new Map<string, number>();
  for (const track of tracks) {
    track.sources.forEach((source, moment) => {
      const place = referenceOf(runs, { run: track.run, moment }, against);
      if (isAbsence(source) || typeof place === "string") return;
      const other = trackOf(tracks, place.run, track.method)?.sources[place.moment];
      if (!other || isAbsence(other)) return;
      const largest = largestDifference(source, other, samples);
      limits.set(scaleKey(source), Math.max(largest, limits.get(scaleKey(source)) ?? 0));
    });
  }
  return limits;
}

function largestDifference(first: Source, second: Source, samples: readonly Sample[]): number {
  let largest = 0;
  for (const { hash } of samples) {
    const [a, b] = [mapOf(first, hash), mapOf(second, hash)];
    if (isAbsence(a) || isAbsence(b)) continue;
    largest = Math.max(largest, differencePeak(a, b) ?? 0);
  }
  return largest;
}

function sampleInDepth(
  all: readonly Sample[],
  shown: readonly Sample[],
  hash: string | null,
): Sample | null {
  return all.find((sample) => sample.hash === hash) ?? shown[0] ?? all[0] ?? null;
}

function trackInDepth(runs: readonly RunRecords[], tracks: readonly Track[]): Track | null {
  const run = runs.findIndex((each) => each.run === chosen.run.value);
  const ofRun = tracks.filter((track) => run < 0 || track.run === run);
  return ofRun.find(({ method }) => method === chosen.method.value) ?? ofRun[0] ?? null;
}
