/** Probes: the samples that runs line up by, and their pictures. */
import { pixelsOf } from "../picture-size";
import type { TrainingRecord } from "../types";
import { type Arrays, absentOr, firstFault, isText, isTexts, objectOf, shaped } from "./shared";

// What pictures may take when decoded, at four bytes a pixel: 256 MB, and 32 times their bytes.
const FREE_PIXELS = 2 ** 26;
const PIXELS_PER_BYTE = 8;

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
  return (
    labels || images || checkTokens(fields.tokens, N) || checkInputs(fields.features, arrays, N)
  );
}

function checkTokens(tokens: unknown, N: number): string | null {
  const told = (value: unknown) =>
    Array.isArray(value) && value.length === N && value.every(isTexts);
  return absentOr(tokens, told) ? null : "its tokens are not texts of each sample";
}

/** What tables and series hold: values of named features, and signals. */
function checkInputs(features: unknown, arrays: Arrays, N: number): string | null {
  const F = Array.isArray(features) ? features.length : 0;
  return (
    checkFeatures(features) ??
    (arrays.values ? shaped(arrays, "values", Float32Array, [N, F]) : null) ??
    (arrays.signals ? shaped(arrays, "signals", Float32Array, [N, null, null]) : null)
  );
}

/** Returns what is wrong with the description of a table's features; null also where there is none. */
export function checkFeatures(features: unknown): string | null {
  if (!absentOr(features, Array.isArray)) return "its features are not a list";
  return firstFault(((features as unknown[] | null) ?? []).map(objectOf), (feature) => {
    const { name, unit, categories } = feature;
    const described = isText(name) && absentOr(unit, isText) && absentOr(categories, isTexts);
    return described ? null : "one of its features is not described";
  });
}

function checkImages(arrays: Arrays, N: number): string | null {
  const fault =
    shaped(arrays, "images", Uint8Array, [null]) ??
    shaped(arrays, "image_ends", BigInt64Array, [N]);
  if (fault) return fault;
  const images = arrays.images.data as Uint8Array;
  let pixels = 0;
  let begin = 0;
  for (const [n, end] of [...(arrays.image_ends.data as BigInt64Array)].map(Number).entries()) {
    if (end < begin) return "its pictures overlap";
    if (end > images.length) return "its pictures are cut off";
    if (end > begin) {
      const declared = pixelsOf(images.subarray(begin, end));
      if (declared === null) return `its picture ${n} is neither PNG nor WebP`;
      pixels += declared;
    }
    begin = end;
  }
  const most = FREE_PIXELS + PIXELS_PER_BYTE * images.length;
  return pixels > most ? `its pictures are of ${pixels} pixels, more than are drawn` : null;
}
