/** Small runs with attributions to tokens, columns and points, so that every figure can be read off. */
import type { TrainingRecord } from "../../../src/types";
import { array, record } from "../fixture";

export const HASHES = ["hash of a mail", "hash of a letter"];
export const TOKENS = [
  ["[CLS]", "fr", "##ee", "prize", "[SEP]", "[PAD]"],
  ["[CLS]", "the", "notes", "[SEP]", "[PAD]", "[PAD]"],
];

export function probeOf(
  modality: string,
  fields: Record<string, unknown> = {},
  arrays: TrainingRecord["arrays"] = {},
): TrainingRecord {
  const labels = array([2], Int32Array.from([1, 0]));
  const all = {
    digest: "p",
    hashes: HASHES,
    names: ["0", "1"],
    modality,
    store_inputs: "full",
    display: null,
    shape: [6],
    class_names: ["ham", "spam"],
    ...fields,
  };
  return record("probe", 0, -1, all, { labels, ...arrays });
}

export const textProbe = () => probeOf("text", { tokens: TOKENS });

interface Further {
  readonly base?: readonly number[];
  readonly total?: readonly number[];
  readonly l2?: readonly number[];
  readonly entry?: Record<string, unknown>;
}

const f32 = (shape: number[], values: readonly number[]) => array(shape, Float32Array.from(values));

/** `values` of both samples; `shape` of one sample's map. */
export function attribution(
  space: string,
  [step, epoch]: readonly [number, number],
  shape: readonly number[],
  values: readonly number[],
  { base, total, l2, entry }: Further = {},
): TrainingRecord {
  const map = {
    array: "map.0",
    method: "integrated_gradients",
    title: "Integrated gradients",
    target: 0,
    signed: true,
    unit: "logit",
    baseline: "pad",
    complete: true,
    caveat: null,
    notes: [],
    cost_ms: 1,
    ...entry,
  };
  const fields = { probe: "p", space, targets: [{ spec: "label" }], maps: [map] };
  return record("attribution", step, epoch, fields, {
    "target.0": array([2], Int32Array.from([1, 0])),
    "output.0": f32([2], [2, 1]),
    "map.0": f32([2, ...shape], values),
    "map.0.scale": f32([2], [1, 1]),
    ...(base && { "map.0.base": f32([2], base) }),
    ...(total && { "map.0.total": f32([2], total) }),
    ...(l2 && { "map.0.l2": f32([2, ...shape], l2) }),
  });
}

/** What IG says of both mails: "free prize" speaks for spam, "notes" against it. */
export const VALUES = [0, 1, 0.5, 2, 0, 0, 0, -0.25, -1, 0, 0, 0];
