/** How much a model changes, unit by unit and level by level, when a part of it is edited. */
import type { TrainingRecord } from "../types";
import {
  type Arrays,
  absentOr,
  firstFault,
  isCounts,
  isGap,
  isText,
  isTexts,
  objectOf,
  shaped,
} from "./shared";

type Fields = Record<string, unknown>;

const EDITS: ReadonlySet<unknown> = new Set([
  "unstructured",
  "channel",
  "heads",
  "n:m",
  "bits",
  "clusters",
]);
const MOST_UNITS = 20_000; // the server plans for no more either
const MOST_LEVELS = 256;
const MEASURES = ["kl_batch", "kl", "loss", "metric"] as const;

export function checkSensitivity(record: TrainingRecord): string | null {
  if (isGap(record)) return null;
  const { fields, arrays } = record;
  const { edit, units, layers, level_names: levelNames } = fields;
  if (!EDITS.has(edit)) return `its edit ${JSON.stringify(edit)} is not known`;
  if (!isTexts(levelNames)) return "its levels are not named";
  if (!Array.isArray(units) || !Array.isArray(layers)) return "it lists no units and layers";
  if (units.length > MOST_UNITS || levelNames.length > MOST_LEVELS) {
    return `it has ${units.length} units at ${levelNames.length} levels, more than can be drawn`;
  }
  return (
    checkHeader(fields) ??
    firstFault(units.map(objectOf), checkUnit) ??
    checkNames(units.map(objectOf)) ??
    firstFault(layers.map(objectOf), (layer) => checkLayer(layer, units.length)) ??
    checkArrays(arrays, units.length, levelNames.length)
  );
}

function checkHeader({ samples, metric, estimate, mode, dense, correlation }: Fields) {
  if (!isCounts([samples])) return "it does not say how many samples it was measured on";
  if (!isText(metric) || !isText(mode)) return "it does not say how it was measured";
  if (!absentOr(estimate, isText)) return "its estimate is not named";
  const numbers = [dense, correlation].flatMap((each) => Object.values(objectOf(each)));
  return numbers.every(isNumberOrNull) ? null : "its figures are not numbers";
}

function checkUnit(unit: Fields) {
  const { name, type, members, size, parameters, macs, seconds, shape } = unit;
  if (!isText(name) || !isText(type)) return "one of its units has no name";
  const told = isTexts(members) && isCounts([size, parameters, macs]) && isNumberOrNull(seconds);
  if (!absentOr(shape, isCounts)) return `its unit ${JSON.stringify(name)} has no shape`;
  return told ? null : `its unit ${JSON.stringify(name)} is not described`;
}

function checkNames(units: readonly Fields[]): string | null {
  const names = new Set(units.map(({ name }) => name));
  return names.size === units.length ? null : "two of its units have one name";
}

function checkLayer({ name, parameters, macs, seconds, out, ins }: Fields, U: number) {
  const isUnit = (value: unknown) => isCounts([value]) && (value as number) < U;
  const isShare = (value: unknown) =>
    Array.isArray(value) && value.length === 2 && isUnit(value[0]) && Number.isFinite(value[1]);
  const placed = absentOr(out, isUnit) && Array.isArray(ins) && ins.every(isShare);
  const told = isText(name) && isCounts([parameters, macs]) && isNumberOrNull(seconds);
  return placed && told ? null : "one of its layers is not described";
}

function checkArrays(arrays: Arrays, U: number, K: number): string | null {
  const measured = MEASURES.filter((name) => arrays[name]);
  if (measured.length === 0) return "it holds nothing that was measured";
  const floats = [...measured, ...measured.map((name) => `${name}.error`)];
  const further = ["stored_bits", "repaired"].filter((name) => arrays[name]);
  const G = arrays.shares?.shape[0] ?? null;
  return (
    shaped(arrays, "levels", Float64Array, [K]) ??
    shaped(arrays, "shares", Float64Array, [G]) ??
    firstFault([...floats, ...further], (name) => shaped(arrays, name, Float64Array, [U, K])) ??
    (arrays.removed ? shaped(arrays, "removed", BigInt64Array, [U, K]) : null) ??
    firstFault(Object.keys(arrays), (name) =>
      name.startsWith("counts.") ? shaped(arrays, name, BigInt64Array, [G, U]) : null,
    )
  );
}

function isNumberOrNull(value: unknown): boolean {
  return absentOr(value, Number.isFinite);
}
