/** What the checks of the kinds share; a check returns what is wrong in words, or null. */
import type { NamedArray, TrainingRecord, TypedArray } from "../types";

/** Returns what is wrong with the fields or arrays of a record, or null. */
export type Check = (record: TrainingRecord) => string | null;
export type Arrays = TrainingRecord["arrays"];

/** Returns what keeps `arrays[name]` from being of `type` and `shape` (null: any size). */
export function shaped(
  arrays: Readonly<Record<string, NamedArray>>,
  name: string,
  type: new (length: number) => TypedArray,
  shape: readonly (number | null)[],
): string | null {
  const array = arrays[name];
  if (!array) return `its array ${name} is missing`;
  if (!(array.data instanceof type)) return `its array ${name} is not ${type.name}`;
  const fits =
    array.shape.length === shape.length &&
    shape.every((size, axis) => size === null || size === array.shape[axis]);
  return fits ? null : `its array ${name} has shape [${array.shape}], not [${shape}]`;
}

/** Returns the first fault that `check` finds in `entries`. */
export function firstFault<T>(
  entries: readonly T[],
  check: (entry: T) => string | null,
): string | null {
  for (const entry of entries) {
    const fault = check(entry);
    if (fault) return fault;
  }
  return null;
}

/** Whether `fields` are those of a gap: a record that says why there is nothing else in it. */
export function isGap({ fields }: TrainingRecord): boolean {
  return typeof fields.gap === "string";
}

export function isText(value: unknown): value is string {
  return typeof value === "string";
}

export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

/** Whether `value` is a list of whole numbers from zero up. */
export function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** Returns `value` if it is an object with names, else one without any. */
export function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** A number, or the text that stands for one that JSON lacks. */
export function isNumeric(value: unknown): value is number | string {
  return Number.isFinite(value) || ["NaN", "Infinity", "-Infinity"].some((text) => text === value);
}

/** Whether `value` is null or not there at all, or else what `holds` says of it. */
export function absentOr(value: unknown, holds: (value: unknown) => boolean): boolean {
  return value === null || value === undefined || holds(value);
}
