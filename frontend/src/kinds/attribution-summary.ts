/** What a model rests on over many samples: per feature of a table, token, or class. */
import type { TrainingRecord } from "../types";
import { mapType, SPACES } from "./attribution";
import { checkFeatures } from "./probe";
import {
  type Arrays,
  absentOr,
  firstFault,
  isCounts,
  isGap,
  isNumeric,
  isText,
  isTexts,
  objectOf,
  shaped,
} from "./shared";

type Fields = Record<string, unknown>;

const PRIVACY = ["epsilon", "delta", "clip", "noise", "spent_epsilon"] as const;
const RELEASES = ["releases", "planned_releases"] as const;
const PER_FEATURE = ["mean_abs", "low", "high", "mean", "mean_low", "mean_high"] as const;

export function checkAttributionSummary(record: TrainingRecord): string | null {
  if (isGap(record)) return null;
  const { fields, arrays } = record;
  const { space, samples, privacy, summaries, class_names: classNames } = fields;
  if (!SPACES.some((known) => known === space)) return "its space of inputs is not known";
  if (!isCounts([samples])) return "it does not say how many samples it is of";
  if (!absentOr(privacy, isPrivacy)) return "it does not say what its privacy costs";
  if (!absentOr(classNames, isTexts)) return "its class names are not texts";
  if (!Array.isArray(summaries)) return "it lists no summaries";
  return (
    checkFeatures(fields.features) ??
    firstFault(summaries.map(objectOf), (summary) => {
      return checkEntry(summary) ?? checkArrays(summary, space as string, arrays);
    })
  );
}

function isPrivacy(value: unknown): boolean {
  const privacy = objectOf(value);
  const counted = RELEASES.every((name) => absentOr(privacy[name], (count) => isCounts([count])));
  return counted && PRIVACY.every((name) => isNumeric(privacy[name]));
}

function checkEntry(summary: Fields): string | null {
  const { array, method, title, target, unit, signed, classes, tokens } = summary;
  const named = [array, method, title, target, unit].every(isText);
  const listed = absentOr(classes, isCounts) && absentOr(tokens, Array.isArray);
  if (!named || typeof signed !== "boolean" || !listed) {
    return "one of its summaries is not described";
  }
  return firstFault(((tokens as unknown[] | null) ?? []).map(objectOf), (token) => {
    const told = isText(token.token) && isNumeric(token.mean) && isCounts([token.count]);
    const classed = absentOr(token.class, Number.isSafeInteger);
    return told && classed ? null : "one of its tokens is not described";
  });
}

function checkArrays(summary: Fields, space: string, arrays: Arrays): string | null {
  const { array, classes } = summary as { array: string; classes: unknown[] | null };
  if (space === "tabular") return checkTable(array, arrays);
  const name = `class_mean.${array}`;
  if (!arrays[name]) return null;
  if (!classes) return `its array ${name} names no classes`;
  const shape = [classes.length, null, null];
  return (
    shaped(arrays, name, mapType(arrays[name]), shape) ??
    shaped(arrays, `${name}.scale`, Float32Array, [classes.length])
  );
}

function checkTable(array: string, arrays: Arrays): string | null {
  const F = arrays[`mean_abs.${array}`]?.shape[0] ?? null;
  const n = arrays.swarm_values?.shape[0] ?? null;
  const shapes: readonly (readonly [name: string, shape: readonly (number | null)[]])[] = [
    ...PER_FEATURE.map((part) => [`${part}.${array}`, [F]] as const),
    [`swarm.${array}`, [n, F]],
    [`interaction.${array}`, [F, F]],
    ["swarm_values", [n, F]],
  ];
  if (F === null) return `its array mean_abs.${array} is missing`;
  return firstFault(shapes, ([name, shape]) => {
    return arrays[name] ? shaped(arrays, name, Float32Array, shape) : null;
  });
}
