/** Statistics of heads over time, as lines for a chart; pure. */
import type { Along } from "../../along";
import type { Line } from "../../chart/line";
import type { TrainingRecord } from "../../types";
import type { Head } from "./model";
import { layersOf, type RunRecords } from "./records";

export type Statistic = "entropy" | "distance" | "first";

/** Returns what `record` says of each head of the layer `name`; null where it lacks the layer. */
export function headValues(
  record: TrainingRecord,
  statistic: Statistic,
  name: string,
): Float32Array | null {
  const layers = layersOf(record);
  const layer = layers.findIndex((each) => each.name === name);
  const { data, shape } = record.arrays[statistic];
  if (layer < 0) return null;
  const start = layer * shape[1];
  return (data as Float32Array).subarray(start, start + Math.min(shape[1], layers[layer].heads));
}

/** Returns the mean of the finite `values`; NaN without any. */
export function finiteMean(values: Iterable<number>): number {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    sum += value;
    count++;
  }
  return count > 0 ? sum / count : Number.NaN;
}

interface Drawn {
  /** Where the records of a run at some steps lie on the axis. */
  readonly along: (run: string, steps: readonly number[]) => Along;
  readonly colourOf: (run: string) => string;
}

/** Returns two lines per run: the head, and paler the mean of its layer. */
export function headLines(
  runs: readonly RunRecords[],
  { layer, head }: Head,
  statistic: Statistic,
  { along, colourOf }: Drawn,
): Line[] {
  return runs.flatMap(({ run, statistics }) => {
    const found = statistics.flatMap((record) => {
      const values = headValues(record, statistic, layer);
      return values ? [{ step: record.step, values }] : [];
    });
    if (found.length === 0) return [];
    const places = along(
      run,
      found.map(({ step }) => step),
    );
    const own = found.map(({ values }) => values[head] ?? Number.NaN);
    const mean = found.map(({ values }) => finiteMean(values));
    return [
      { label: `${run} · head ${head}`, colour: colourOf(run), ...places, y: own },
      { label: `${run} · mean of layer`, colour: paler(colourOf(run)), ...places, y: mean },
    ];
  });
}

/** Half as strong; only of colours written as #rrggbb, which those of runs are. */
function paler(colour: string): string {
  return /^#[0-9a-f]{6}$/i.test(colour) ? `${colour}70` : colour;
}
