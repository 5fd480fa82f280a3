/** Attributions to inputs: targets, and per method a value of each pixel, token, column or point. */
import type { NamedArray, TrainingRecord } from "../types";
import { type Arrays, absentOr, firstFault, isText, isTexts, objectOf, shaped } from "./shared";

/** Axes of a map, samples included. */
const RANKS: Readonly<Record<string, number>> = { image: 3, text: 2, tabular: 2, series: 3 };
const PER_SAMPLE = ["base", "total", "fit"] as const;

export const SPACES = Object.keys(RANKS);

export function checkAttribution({ fields, arrays }: TrainingRecord): string | null {
  const { probe, space, targets, maps } = fields;
  if (!isText(probe)) return "it does not name its probe";
  if (!SPACES.some((known) => known === space)) return "its space of inputs is not known";
  if (!Array.isArray(targets) || !Array.isArray(maps)) return "it lists no targets and maps";
  const N = arrays["target.0"]?.shape[0] ?? null;
  return (
    firstFault([...targets.entries()], ([t, target]) => checkTarget(t, target, N, arrays)) ??
    firstFault(maps.map(objectOf), (map) => checkEntry(map, targets.length)) ??
    firstFault(maps.map(objectOf), (map) => {
      return checkMap(map.array as string, RANKS[space as string], N, arrays);
    })
  );
}

function checkTarget(t: number, target: unknown, N: number | null, arrays: Arrays): string | null {
  if (!isText(objectOf(target).spec)) return `its target ${t} has no spec`;
  return (
    shaped(arrays, `target.${t}`, Int32Array, [N]) ??
    shaped(arrays, `output.${t}`, Float32Array, [N])
  );
}

function checkEntry(map: Record<string, unknown>, targets: number): string | null {
  const named = [map.array, map.method, map.title, map.unit].every(isText);
  const flagged = [map.signed, map.complete].every((value) => typeof value === "boolean");
  const worded = [map.baseline, map.caveat].every((value) => absentOr(value, isText));
  const costed = absentOr(map.cost_ms, Number.isFinite);
  if (!(named && flagged && worded && costed && absentOr(map.notes, isTexts))) {
    return "one of its maps is not described";
  }
  const target = Number.isInteger(map.target) ? (map.target as number) : -1;
  return target >= 0 && target < targets ? null : `its map ${map.array} has no target`;
}

function checkMap(name: string, rank: number, N: number | null, arrays: Arrays): string | null {
  const array = arrays[name];
  const free = new Array<null>(rank - 1).fill(null);
  return (
    shaped(arrays, name, mapType(array), [N, ...free]) ??
    shaped(arrays, `${name}.scale`, Float32Array, [N]) ??
    firstFault(PER_SAMPLE, (part) => checkFurther(arrays, `${name}.${part}`, [N])) ??
    checkFurther(arrays, `${name}.l2`, array?.shape ?? [])
  );
}

function checkFurther(arrays: Arrays, name: string, shape: readonly (number | null)[]) {
  return arrays[name] ? shaped(arrays, name, Float32Array, shape) : null;
}

/** Maps are of 8 bits, or as they were; see schema.py, `quantise`. */
export function mapType(array: NamedArray | undefined) {
  if (array?.data instanceof Int8Array) return Int8Array;
  return array?.data instanceof Uint8Array ? Uint8Array : Float32Array;
}
