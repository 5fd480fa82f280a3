/** Everything the panel derives from its records and settings, computed once for all its parts. */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type Sample, samplesOf } from "../../samples";
import type { PanelContext } from "../../types";
import {
  type Absence,
  indexRuns,
  isAbsence,
  type Layer,
  layersOf,
  type RunRecords,
  recordedSamples,
  type Shown,
  shownAt,
} from "./records";
import { chosen, type View } from "./settings";

/** A layer by name and a head by index. */
export interface Head {
  readonly layer: string;
  readonly head: number;
}

/** The weight that the pointer is over. */
export interface Hover {
  readonly run: string;
  readonly query: number;
  /** Null: the whole row. */
  readonly key: number | null;
  /** Of the pointer, in the page. */
  readonly x: number;
  readonly y: number;
}

export interface Model {
  readonly runs: ReadonlySignal<readonly RunRecords[]>;
  /** Those with attention on record, in probe order. */
  readonly samples: ReadonlySignal<readonly Sample[]>;
  /** The sample shown; null without any. */
  readonly sample: ReadonlySignal<Sample | null>;
  /** What each run shows at the scrubber. */
  readonly shown: ReadonlySignal<readonly (Shown | Absence)[]>;
  /** The layers of all runs, in the order of the first that has them. */
  readonly layers: ReadonlySignal<readonly Layer[]>;
  readonly head: ReadonlySignal<Head | null>;
  readonly view: ReadonlySignal<View>;
  /** The views that suit the samples. */
  readonly views: ReadonlySignal<readonly View[]>;
  readonly query: ReadonlySignal<number>;
  readonly hover: Signal<Hover | null>;
}

const models = new WeakMap<PanelContext, Model>();

/** Returns the one model of `context`. */
export function modelOf(context: PanelContext): Model {
  const known = models.get(context) ?? newModel(context);
  models.set(context, known);
  return known;
}

function newModel(context: PanelContext): Model {
  const runs = computed(() => indexRuns(context.series.value, context.runs.value));
  const samples = computed(() => samplesIn(runs.value));
  const sample = computed(
    () =>
      samples.value.find(({ hash }) => hash === context.sample.value) ?? samples.value[0] ?? null,
  );
  const shown = computed(() =>
    runs.value.map((run) => shownAt(run, sample.value?.hash ?? null, context.stepIn(run.run))),
  );
  const layers = computed(() => layersIn(runs.value));
  const present = () => shown.value.filter((each): each is Shown => !isAbsence(each));
  const views = computed(() => viewsOf(present()));
  return {
    runs,
    samples,
    sample,
    shown,
    layers,
    head: computed(() => chosenHead(layers.value, present()[0])),
    views,
    view: computed(() => views.value.find((view) => view === chosen.view.value) ?? views.value[0]),
    query: computed(() => {
      const longest = Math.max(1, ...present().map(({ length }) => length));
      return Math.max(0, Math.min(longest - 1, Math.floor(chosen.query.value ?? 0)));
    }),
    hover: signal<Hover | null>(null),
  };
}

function samplesIn(runs: readonly RunRecords[]): Sample[] {
  const recorded = new Set(recordedSamples(runs));
  return samplesOf(runs.flatMap(({ probes }) => probes)).filter(({ hash }) => recorded.has(hash));
}

function layersIn(runs: readonly RunRecords[]): Layer[] {
  const newest = runs.flatMap(({ maps, statistics }) => maps.at(-1) ?? statistics.at(-1) ?? []);
  const layers = new Map<string, Layer>();
  for (const layer of newest.flatMap(layersOf)) {
    const known = layers.get(layer.name);
    if (!known || known.heads < layer.heads) layers.set(layer.name, layer);
  }
  return [...layers.values()];
}

/** Without a choice, the last layer of the first run that shows the sample. */
function chosenHead(layers: readonly Layer[], first: Shown | undefined): Head | null {
  const wanted = layers.find(({ name }) => name === chosen.layer.value);
  const layer = wanted ?? first?.layers.at(-1) ?? layers.at(-1);
  if (!layer) return null;
  const head = Math.max(0, Math.min(layer.heads - 1, Math.floor(chosen.head.value)));
  return { layer: layer.name, head };
}

function viewsOf(shown: readonly Shown[]): readonly View[] {
  if (shown.some(({ grid }) => grid)) return ["picture", "map"];
  return ["map", "lines"];
}

/** Moves to the head `offset` further, through all layers. */
export function moveHead(model: Model, offset: number): void {
  const all = model.layers
    .peek()
    .flatMap(({ name, heads }) =>
      Array.from({ length: heads }, (_, head) => ({ layer: name, head })),
    );
  const { layer, head } = model.head.peek() ?? { layer: "", head: 0 };
  const index = all.findIndex((each) => each.layer === layer && each.head === head);
  const target = all[(index + offset + all.length) % all.length];
  if (target) chooseHead(target);
}

export function chooseHead({ layer, head }: Head): void {
  chosen.layer.value = layer;
  chosen.head.value = head;
}

/** Returns the index of the layer `name` of what is shown; -1 if it has none. */
export function layerIndex({ layers }: Shown, { layer, head }: Head): number {
  return layers.findIndex(({ name, heads }) => name === layer && head < heads);
}
