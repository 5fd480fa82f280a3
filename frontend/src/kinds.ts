/** What a record of each kind must hold before anything draws it; null stands for "all well". */
import type { NamedArray, TrainingRecord, TypedArray } from "./types";

type Check = (record: TrainingRecord) => string | null;

const CHECKS: Readonly<Record<string, Check>> = {
  probe: checkProbe,
  predictions: checkPredictions,
  cam: checkCam,
};

/** Returns what is wrong with the fields or arrays of `record`, or null. */
export function checkKind(record: TrainingRecord): string | null {
  return Object.hasOwn(CHECKS, record.kind) ? CHECKS[record.kind](record) : null;
}

function checkProbe({ fields, arrays }: TrainingRecord): string | null {
  const { digest, hashes, names, class_names: classNames } = fields;
  if (typeof digest !== "string") return "its probe has no digest";
  if (!isTexts(hashes) || !isTexts(names) || hashes.length !== names.length) {
    return "its probe has no hash and name for each sample";
  }
  if (classNames !== null && !isTexts(classNames)) return "its class names are not texts";
  const N = hashes.length;
  const labels = arrays.labels && shaped(arrays, "labels", Int32Array, [N]);
  const images = arrays.images || arrays.image_ends ? checkImages(arrays, N) : null;
  return labels || images || null;
}

function checkImages(arrays: TrainingRecord["arrays"], N: number): string | null {
  const fault =
    shaped(arrays, "images", Uint8Array, [null]) ??
    shaped(arrays, "image_ends", BigInt64Array, [N]);
  if (fault) return fault;
  let previous = 0n;
  for (const end of arrays.image_ends.data as BigInt64Array) {
    if (end < previous) return "its pictures overlap";
    previous = end;
  }
  return previous > BigInt(arrays.images.data.length) ? "its pictures are cut off" : null;
}

function checkPredictions({ fields, arrays }: TrainingRecord): string | null {
  if (typeof fields.gap === "string") return null;
  const classes = arrays.classes;
  if (classes?.shape.length !== 2) return "its array classes is not [samples, top]";
  const [N, K] = classes.shape;
  return (
    shaped(arrays, "classes", classes.data instanceof Uint8Array ? Uint8Array : Int32Array, [
      N,
      K,
    ]) ??
    shaped(arrays, "scores", Float32Array, [N, K]) ??
    shaped(arrays, "label_score", Float32Array, [N]) ??
    shaped(arrays, "loss", Float32Array, [N])
  );
}

function checkCam({ fields, arrays }: TrainingRecord): string | null {
  const { targets, maps } = fields;
  if (!Array.isArray(targets) || !Array.isArray(maps)) return "it lists no targets and maps";
  for (const [t, target] of targets.entries()) {
    if (typeof target?.spec !== "string") return `its target ${t} has no spec`;
    const N = arrays[`target.${t}`]?.shape[0] ?? null;
    const fault =
      shaped(arrays, `target.${t}`, Int32Array, [N]) ??
      shaped(arrays, `output.${t}`, Float32Array, [N]);
    if (fault) return fault;
  }
  return firstFault(maps, (map) => checkMap(map, targets.length, arrays));
}

function checkMap(map: unknown, targets: number, arrays: TrainingRecord["arrays"]): string | null {
  const entry = (map ?? {}) as Record<string, unknown>;
  const named = [entry.array, entry.method, entry.layer, entry.unit].every(isText);
  const index = Number.isInteger(entry.target) ? (entry.target as number) : -1;
  if (!named || typeof entry.signed !== "boolean") return "one of its maps is not described";
  if (index < 0 || index >= targets) return `its map ${entry.array} has no target`;
  const name = entry.array as string;
  const array = arrays[name];
  if (array?.shape.length !== 3) return `its map ${name} is not [samples, height, width]`;
  if (array.data instanceof BigInt64Array) return `its map ${name} has the wrong type`;
  const N = arrays[`target.${index}`].shape[0];
  if (array.shape[0] !== N) return `its map ${name} has ${array.shape[0]} samples instead of ${N}`;
  return shaped(arrays, `${name}.scale`, Float32Array, [N]);
}

/** Returns what keeps `arrays[name]` from being of `type` and `shape` (null: any size). */
function shaped(
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

function firstFault<T>(entries: readonly T[], check: (entry: T) => string | null): string | null {
  for (const entry of entries) {
    const fault = check(entry);
    if (fault) return fault;
  }
  return null;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(isText);
}
