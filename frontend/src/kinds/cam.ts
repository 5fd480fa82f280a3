/** Class activation maps: targets, and maps of each sample. */
import type { TrainingRecord } from "../types";
import { type Arrays, firstFault, isText, shaped } from "./shared";

export function checkCam({ fields, arrays }: TrainingRecord): string | null {
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

function checkMap(map: unknown, targets: number, arrays: Arrays): string | null {
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
