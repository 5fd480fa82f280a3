/** Two samples, two layers: three real tokens, or a class token and a grid of two cells. */
import type { NamedArray, TrainingRecord } from "../../src/types";

export const array = (shape: number[], data: NamedArray["data"]): NamedArray => ({ shape, data });

export const LAYERS = [
  { name: "blocks.0.attn", heads: 2, source: "function" },
  { name: "blocks.1.attn", heads: 1, source: "function" },
];

export function record(
  kind: string,
  step: number,
  fields: TrainingRecord["fields"],
  arrays: TrainingRecord["arrays"] = {},
): TrainingRecord {
  const common = { monitor: "attention", epoch: step / 10, written: 1, wallTime: 0 };
  return { kind, step, ...common, fields, arrays };
}

export function probe(): TrainingRecord {
  return record("probe", 0, {
    digest: "p",
    hashes: ["a", "b", "c"],
    names: ["0", "1", "2"],
    modality: "text",
    store_inputs: "none",
    display: "as is",
    shape: [4],
    class_names: null,
    tokens: [["[CLS]", "free", "prize", "[PAD]"], ["x"], ["y"]],
  });
}

/** Head h of layer l of sample n gives key k of query q the weight (l + h + n + q + k) / 10. */
export function attention(step: number, grid: [number, number] | null = null): TrainingRecord {
  const T = 4;
  const arrays: Record<string, NamedArray> = {};
  LAYERS.forEach(({ heads }, l) => {
    const counts = new Uint8Array(2 * heads * T * T);
    for (let i = 0; i < counts.length; i++) {
      const [k, q] = [i % T, Math.floor(i / T) % T];
      const h = Math.floor(i / (T * T)) % heads;
      counts[i] = l + h + Math.floor(i / (heads * T * T)) + q + k;
    }
    arrays[`map.${l}`] = array([2, heads, T, T], counts);
    arrays[`map.${l}.scale`] = array([2, heads, T], new Float32Array(2 * heads * T).fill(0.1));
  });
  arrays.rollout = array([2, T], new Float32Array(2 * T).fill(0.25));
  const fields = {
    probe: "p",
    samples: [0, 2],
    lengths: [3, 4],
    prefix: grid ? 1 : 0,
    grid,
    layers: LAYERS,
    rollout_from: "first token",
    target: null,
  };
  return record("attention", step, fields, arrays);
}

/** One head of one sample of four tokens, of which the two largest weights a row are stored. */
export function sparse(): TrainingRecord {
  const fields = {
    ...attention(0).fields,
    samples: [0],
    lengths: [3],
    layers: [{ name: "attn", heads: 1, source: "module" }],
  };
  const index = Int32Array.from([0, 3, 1, 0, 2, 1, 0, 1]);
  return record("attention", 0, fields, {
    "map.0": array([1, 1, 4, 2], Uint8Array.from([200, 50, 100, 100, 240, 10, 0, 0])),
    "map.0.scale": array([1, 1, 4], new Float32Array(4).fill(1 / 256)),
    "index.0": array([1, 1, 4, 2], index),
  });
}

export function statistics(step: number): TrainingRecord {
  const values = (offset: number) =>
    array([2, 2], Float32Array.from([offset, offset + 1, offset + 2, Number.NaN]));
  const arrays = { entropy: values(step), distance: values(100), first: values(0) };
  return record("attention_statistics", step, { probe: "p", layers: LAYERS }, arrays);
}
