/** The panel's data, derived once for all of its parts. */
import { batch, computed } from "@preact/signals";
import { context } from "../../context";
import { probesOf } from "../../samples";
import { view } from "../../view";
import { indexRuns } from "../attributions/records";
import { SPACES } from "../attributions/settings";
import { isAbsence } from "../attributions/sources";
import { recordedSpaces } from "../attributions/space";
import {
  areSame,
  chosenOf,
  type End,
  type Ends,
  endsOf,
  endWords,
  firstPair,
  stopsOf,
} from "./ends";
import { arranged, lineUp, type Pair } from "./pairs";
import { chosen, shown } from "./settings";
import { optionsOf, sideOf } from "./sides";

export const { dark } = context;
const { series, runs, stepIn } = context;

export const stops = computed(() => stopsOf(series.value, runs.value));
/** Shown runs that recorded anything to compare. */
export const comparable = computed(() => runs.value.filter((run) => stops.value.has(run)));

/** By run, the hashes of its samples. */
const hashes = computed(() => {
  const probes = probesOf(series.value);
  const of = (name: string) => probes.filter(({ run }) => run === name);
  return new Map(
    runs.value.map((run) => [run, new Set(of(run).flatMap((probe) => probe.hashes))] as const),
  );
});

export const ends = computed<Ends | null>(() => {
  const first = firstPair(comparable.value, hashes.value);
  const offer = { runs: first, stops: stops.value, stepIn };
  return endsOf(offer, chosen.a.value, chosen.b.value);
});

/** Returns the moments of A and B. */
export function places(): readonly End[] {
  const both = ends.peek();
  return both ? [both.a, both.b] : [];
}

/** Whether nothing but A can be B: one run with one record. */
export const alone = computed(
  () => comparable.value.length === 1 && stops.value.get(comparable.value[0])?.length === 1,
);

export const same = computed(() => ends.value !== null && areSame(ends.value));

const ofEnds = computed(() => {
  if (!ends.value) return [];
  const names = new Set([ends.value.a.run, ends.value.b.run]);
  return series.value.filter(({ run }) => names.has(run));
});

/** Those of the maps; without any, those of the probes that predictions are of. */
export const spaces = computed(() => {
  const mapped = recordedSpaces(ofEnds.value);
  if (mapped.length > 0) return mapped;
  const modalities = new Set(probesOf(ofEnds.value).map(({ modality }) => modality));
  return SPACES.filter((each) => modalities.has(each));
});
export const space = computed(
  () => spaces.value.find((each) => each === chosen.space.value) ?? spaces.value[0] ?? "image",
);

/** What every shown run recorded of inputs in the space. */
export const records = computed(() => indexRuns(series.value, runs.value, space.value));

export const options = computed(() => {
  const { a, b } = ends.value ?? {};
  return optionsOf([a, b].map((end) => records.value.find(({ run }) => run === end?.run) ?? null));
});

const among = (values: readonly string[], wanted: string | null) =>
  values.find((value) => value === wanted) ?? values[0] ?? "";

/** Which maps are compared. */
export const question = computed(() => ({
  method: among(options.value.methods, chosen.method.value),
  target: among(options.value.targets, chosen.target.value),
  layer: options.value.layers.find((layer) => layer === chosen.layer.value) ?? null,
}));

export const sides = computed(() => {
  if (!ends.value) return null;
  const { a, b } = ends.value;
  return {
    a: sideOf(a, records.value, question.value),
    b: sideOf(b, records.value, question.value),
  };
});

export const lineup = computed(() => {
  if (!sides.value) return { pairs: [], onlyA: 0, onlyB: 0 };
  return lineUp(sides.value.a, sides.value.b);
});

/** Whether any sample has maps at both ends. */
export const hasMaps = computed(() => {
  if (!sides.value) return false;
  return !isAbsence(sides.value.a.source) && !isAbsence(sides.value.b.source);
});

export const flips = computed(() => lineup.value.pairs.filter(({ flipped }) => flipped));

/** The samples as shown: filtered, and those that changed most first. */
export const pairs = computed(() =>
  arranged(lineup.value.pairs, shown.sort.value, shown.filter.value),
);

/** The sample in depth: the chosen one, else the one that changed most. */
export const pair = computed<Pair | null>(() => {
  const all = lineup.value.pairs;
  const found = all.find(({ sample }) => sample.hash === view.sample.value);
  return found ?? pairs.value[0] ?? all[0] ?? null;
});

/** What values are counted in. */
export const unit = computed(() => {
  const source = sides.value?.b.source;
  return source && !isAbsence(source) ? source.unit : "";
});

/** Returns an end in words; the run's name only where the ends are of two. */
export function wordsOf(end: End): string {
  const two = ends.value !== null && ends.value.a.run !== ends.value.b.run;
  return endWords(end, stops.value.get(end.run) ?? [], two);
}

/** Exchanges A and B; what followed the scrubber still does. */
export function swap(): void {
  const now = ends.peek();
  if (!now) return;
  batch(() => {
    chosen.a.value = chosenOf(now.b);
    chosen.b.value = chosenOf(now.a);
  });
}

/** Moves to the sample `offset` further in the order shown. */
export function movePair(offset: number): void {
  const all = pairs.peek();
  const index = all.findIndex(({ sample }) => sample.hash === pair.peek()?.sample.hash);
  const target = all[Math.min(all.length - 1, Math.max(0, index + offset))];
  if (target) context.sample.value = target.sample.hash;
}
