/** How one row's values are spread over time: quantiles, or the mean and the deviation. */
import { membersOf, valueIn } from "./grid";
import type { Level } from "./groups";
import type { Track } from "./tracks";

/** Two lines and what lies between them; NaN for a hole. */
export interface Band {
  readonly label: string;
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export interface Bands {
  readonly steps: readonly number[];
  /** The widest first. */
  readonly bands: readonly Band[];
  readonly middle: readonly number[];
  readonly middleLabel: string;
}

const PAIRS = [
  ["min", "max"],
  ["q01", "q99"],
  ["q05", "q95"],
  ["q25", "q75"],
] as const;

/** Returns null where neither quantiles nor a mean were recorded. */
export function bandsOf({ readings, tables }: Track, level: Level, row: string): Bands | null {
  const has = (name: string) => tables.some(({ columns }) => columns.has(name));
  const line = (name: string) =>
    readings.map((reading) => {
      const value = valueIn(reading, membersOf(reading.table, level, row), name);
      return Number.isFinite(value) ? value : Number.NaN;
    });
  const steps = readings.map(({ step }) => step);
  const middle = has("q50") ? line("q50") : [];
  if (middle.some((value) => !Number.isNaN(value))) {
    const bands = PAIRS.filter(([low, high]) => has(low) && has(high)).map(([low, high]) => ({
      label: low === "min" ? "min to max" : `${percentOf(low)} to ${percentOf(high)} %`,
      low: line(low),
      high: line(high),
    }));
    return { steps, bands, middle, middleLabel: "median" };
  }
  if (!has("mean") || !has("std")) return null;
  const mean = line("mean");
  const std = line("std");
  const around = (sign: number) => mean.map((value, t) => value + sign * std[t]);
  const band = { label: "mean ± standard deviation", low: around(-1), high: around(1) };
  return { steps, bands: [band], middle: mean, middleLabel: "mean" };
}

function percentOf(name: string): number {
  return Number(name.slice(1));
}
