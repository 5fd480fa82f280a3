/** Summaries made from the probe's own attributions, where no monitor recorded any. Pure. */
import type { NamedArray, PanelContext } from "../../../types";
import { type Model, present, type Track } from "../model";
import type { Source } from "../sources";
import { tableOf } from "../tabular/features";
import { keyOf, type Summary } from "./summary";

const NORMAL_95 = 1.96; // standard errors to either side

/** Returns the keys of what could be summed up. */
export function probeKeys(model: Model): string[] {
  const { titles, methods } = model.options.value;
  const target = model.target.value;
  return methods.map((method) => keyOf({ title: titles.get(method) ?? method, target }));
}

/** Returns the summaries of one run's track of a table's attributions, by ascending step. */
export function probeSummaries({ series }: PanelContext, model: Model, track: Track): Summary[] {
  const { run } = model.runs.value[track.run];
  return present(track).map((source) => {
    const known = made.get(source) ?? newSummary(series.value, run, source);
    made.set(source, known);
    return known;
  });
}

const made = new WeakMap<Source, Summary>();

function newSummary(series: PanelContext["series"]["value"], run: string, source: Source): Summary {
  const [N, , F] = source.maps.shape;
  const data = source.maps.data as Float32Array;
  const table = tableOf(series, run, source.probe.digest, F);
  const { step, epoch } = source.record;
  return {
    ...{ run, step, epoch, ofProbe: true, samples: N, privacy: null },
    ...{ method: source.method, title: source.title, target: source.target },
    ...{ unit: source.unit, signed: source.signed },
    classNames: source.probe.classNames,
    table: {
      features: table.features,
      ...meansOf(data, N, F),
      swarm: { shape: [N, F], data },
      values: fitting(table.values, N),
      interaction: null,
    },
    ...{ tokens: null, classMeans: null, classes: null },
  };
}

function fitting(values: NamedArray | null, N: number): NamedArray | null {
  return values?.shape[0] === N ? values : null;
}

/** Returns the means of magnitudes and of values, and where they lie within by the normal law. */
export function meansOf(data: ArrayLike<number>, N: number, F: number) {
  const of = (f: number) => Array.from({ length: N }, (_, n) => data[n * F + f]);
  const features = Array.from({ length: F }, (_, f) => of(f));
  const sizes = features.map((values) => meanAndReach(values.map(Math.abs)));
  const signed = features.map(meanAndReach);
  const floats = (means: readonly Mean[], side: number) =>
    Float32Array.from(means, ({ mean, reach }) => mean + side * reach);
  return {
    meanAbs: Float32Array.from(sizes, ({ mean }) => mean),
    low: floats(sizes, -1).map((value) => Math.max(0, value)),
    high: floats(sizes, 1),
    mean: Float32Array.from(signed, ({ mean }) => mean),
    meanLow: floats(signed, -1),
    meanHigh: floats(signed, 1),
  };
}

interface Mean {
  readonly mean: number;
  /** Half the interval's width; NaN of a single value. */
  readonly reach: number;
}

function meanAndReach(values: readonly number[]): Mean {
  const N = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / N;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = N > 1 ? Math.sqrt(squares / (N - 1) / N) : Number.NaN;
  return { mean, reach: NORMAL_95 * error };
}
