/** Simple models fitted to what a model puts out: a ridge regression and a shallow tree. */
import type { TrainingRecord } from "../types";
import { absentOr, firstFault, isCounts, isGap, isText, isTexts, objectOf, shaped } from "./shared";

type Fields = Record<string, unknown>;

const LEAF = -1; // as a child: there is none

export function checkSurrogate(record: TrainingRecord): string | null {
  if (isGap(record)) return null;
  const { fields, arrays } = record;
  const { features, outputs, models, fitted, held_out: heldOut } = fields;
  if (!isTexts(features) || !isTexts(outputs)) return "its features and outputs are not named";
  if (!isCounts([fitted, heldOut])) return "it does not say how many samples it was fitted to";
  if (!Array.isArray(models)) return "it lists no models";
  const [F, C] = [features.length, outputs.length];
  return (
    firstFault(models.map(objectOf), (model) => checkModel(model, F, C)) ??
    shaped(arrays, "coefficients", Float32Array, [C, F]) ??
    shaped(arrays, "intercept", Float32Array, [C]) ??
    shaped(arrays, "means", Float32Array, [F]) ??
    shaped(arrays, "deviations", Float32Array, [F])
  );
}

function checkModel(model: Fields, F: number, C: number): string | null {
  const { name, tree } = model;
  const measured = [model.r2, model.agreement, model.r2_fitted].every((value) =>
    absentOr(value, Number.isFinite),
  );
  if (!isText(name) || !measured) return "one of its models is not described";
  if (tree === null || tree === undefined) return null;
  if (!Array.isArray(tree) || tree.length === 0) return "its tree has no nodes";
  return firstFault([...tree.entries()], ([at, node]) => {
    return checkNode(objectOf(node), at, [tree.length, F, C]);
  });
}

/** Children come after their parent, so that no path through the tree leads back. */
function checkNode(
  { feature, threshold, left, right, value, samples }: Fields,
  at: number,
  [nodes, F, C]: readonly [number, number, number],
): string | null {
  const told = Array.isArray(value) && value.length === C && value.every(Number.isFinite);
  if (!told || !isCounts([samples])) return `its tree's node ${at} is not described`;
  if ([left, right].every(isNoChild)) return null;
  const later = [left, right].every((child) => isCounts([child]) && (child as number) > at);
  const within = later && [left, right].every((child) => (child as number) < nodes);
  const split = isCounts([feature]) && (feature as number) < F && Number.isFinite(threshold);
  return within && split ? null : `its tree's node ${at} splits into nothing`;
}

function isNoChild(child: unknown): boolean {
  return child === null || child === undefined || child === LEAF;
}
