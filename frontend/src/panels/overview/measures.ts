/** What runs put out on the validation set, by moment; pure. */
import type { Along } from "../../along";
import type { Line } from "../../chart/line";
import type { Cell } from "../../csv";
import type { Series, TrainingRecord } from "../../types";

/** Returns the records of `run` that are no gaps, by ascending step. */
export function outputsOf(series: readonly Series[], run: string): TrainingRecord[] {
  return series
    .filter((entry) => entry.run === run && entry.kind === "outputs")
    .flatMap(({ records }) => records.filter(({ fields }) => typeof fields.gap !== "string"))
    .sort((a, b) => a.step - b.step);
}

const NAMES: Readonly<Record<string, string>> = {
  accuracy: "Accuracy",
  ece: "Calibration error (ECE)",
  nll: "Negative log-likelihood",
  mae: "Mean absolute error",
  rmse: "Root mean square error",
  r2: "R²",
};

export function measureName(measure: string): string {
  return NAMES[measure] ?? measure;
}

/** Returns a measure of `record`; NaN where it is not defined. */
export function measureOf({ fields }: TrainingRecord, measure: string): number {
  const value = (fields.measures as Readonly<Record<string, unknown>>)[measure];
  // NaN and infinities stand as text in JSON.
  return typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
}

/** Returns the names of all measures in `records`, in the order of recording. */
export function measuresIn(records: readonly TrainingRecord[]): string[] {
  return [...new Set(records.flatMap(({ fields }) => Object.keys(fields.measures as object)))];
}

/** The outputs of one run. */
export interface RunOutputs {
  readonly run: string;
  readonly records: readonly TrainingRecord[];
}

/** Returns a line per run that knows the measure. */
export function measureLines(
  runs: readonly RunOutputs[],
  measure: string,
  along: (run: string, steps: readonly number[]) => Along,
  colourOf: (run: string) => string,
): Line[] {
  return runs
    .map(({ run, records }) => ({
      label: run,
      colour: colourOf(run),
      ...along(
        run,
        records.map(({ step }) => step),
      ),
      y: records.map((record) => measureOf(record, measure)),
    }))
    .filter(({ y }) => !y.every(Number.isNaN));
}

/** Returns one row per run, record and measure. */
export function* measureRows(runs: readonly RunOutputs[]): Generator<Cell[]> {
  for (const { run, records } of runs) {
    for (const record of records) {
      for (const measure of measuresIn([record])) {
        const { epoch, step, fields } = record;
        yield [run, epoch, step, fields.samples as number, measure, measureOf(record, measure)];
      }
    }
  }
}
