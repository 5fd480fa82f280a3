/** The columns of a table, and their values in words. */
import { score } from "../../../format";
import type { NamedArray, Series, TrainingRecord } from "../../../types";

export interface Feature {
  readonly name: string;
  readonly unit: string | null;
  /** Of a categorical one; its values are indices into these. */
  readonly categories: readonly string[] | null;
}

/** What a probe of tables holds of its samples. */
export interface Table {
  readonly features: readonly Feature[];
  /** [N, F]; null where inputs are not stored. */
  readonly values: NamedArray | null;
}

/** Returns the features that a record lists, or null. */
export function featuresIn({ fields }: TrainingRecord): readonly Feature[] | null {
  return Array.isArray(fields.features) ? (fields.features as Feature[]) : null;
}

/** Returns `count` features without names of their own. */
export function unnamedFeatures(count: number): Feature[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `column ${i}`,
    unit: null,
    categories: null,
  }));
}

/** Returns the table of the probe `digest` of `run`; `columns` is how many values a map has. */
export function tableOf(
  series: readonly Series[],
  run: string,
  digest: unknown,
  columns: number,
): Table {
  const record = series
    .filter((entry) => entry.run === run && entry.kind === "probe")
    .flatMap(({ records }) => records)
    .findLast(({ fields }) => fields.digest === digest);
  const features = record && featuresIn(record);
  if (features?.length !== columns) return { features: unnamedFeatures(columns), values: null };
  return { features, values: record?.arrays.values ?? null };
}

/** Returns the value of feature `f` of sample `n`; NaN where it is not stored. */
export function valueIn({ values }: Table, n: number, f: number): number {
  return values ? Number(values.data[n * (values.shape[1] ?? 0) + f]) : Number.NaN;
}

/** Of 32-bit numbers, which have seven, those that survive some arithmetic. */
const DIGITS = 5;

/** Returns "35 years" or "rent"; "" for NaN, which stands for "not stored". */
export function valueWords({ unit, categories }: Feature, value: number): string {
  if (Number.isNaN(value)) return "";
  if (categories) return categories[Math.round(value)] ?? `category ${value}`;
  // Values that were scaled and scaled back are whole but for their last digits.
  const round = Number(value.toPrecision(DIGITS));
  const number = Number.isInteger(round) ? `${round}` : score(value);
  return unit ? `${number} ${unit}` : number;
}

/** Returns "age 35 years", "housing = rent", or the name alone. */
export function featureWords(feature: Feature, value: number): string {
  const words = valueWords(feature, value);
  if (words === "") return feature.name;
  return feature.categories ? `${feature.name} = ${words}` : `${feature.name} ${words}`;
}
