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

/** Returns the mean magnitude of each feature, and where it lies within by the normal law. */
export function meansOf(data: ArrayLike<number>, N: number, F: number) {
  const [meanAbs, low, high] = [0, 0, 0].map(() => new Float32Array(F));
  for (let f = 0; f < F; f++) {
    const sizes = Array.from({ length: N }, (_, n) => Math.abs(data[n * F + f]));
    const mean = sizes.reduce((sum, size) => sum + size, 0) / N;
    const squares = sizes.reduce((sum, size) => sum + (size - mean) ** 2, 0);
    const error = N > 1 ? Math.sqrt(squares / (N - 1) / N) : Number.NaN;
    meanAbs[f] = mean;
    low[f] = Math.max(0, mean - NORMAL_95 * error);
    high[f] = mean + NORMAL_95 * error;
  }
  return { meanAbs, low, high };
}
