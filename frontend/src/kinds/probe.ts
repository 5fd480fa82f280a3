/** Probes: the samples that runs line up by, and their pictures. */
import type { TrainingRecord } from "../types";
import { type Arrays, isTexts, shaped } from "./shared";

export function checkProbe({ fields, arrays }: TrainingRecord): string | null {
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

function checkImages(arrays: Arrays, N: number): string | null {
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
