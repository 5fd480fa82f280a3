/** Attention: statistics of every head, and the maps of some samples. */
import type { NamedArray, TrainingRecord } from "../types";
import { type Arrays, firstFault, isGap, isText, shaped } from "./shared";

const PER_HEAD = ["entropy", "distance", "first"] as const;

export function checkAttentionStatistics(record: TrainingRecord): string | null {
  if (isGap(record)) return null;
  const { fields, arrays } = record;
  const fault = checkLayers(fields.layers);
  if (fault) return fault;
  const layers = fields.layers as readonly { heads: number }[];
  const H = arrays.entropy?.shape[1] ?? 0;
  if (layers.some(({ heads }) => heads > H)) return `one of its layers has more than ${H} heads`;
  return firstFault(PER_HEAD, (name) => shaped(arrays, name, Float32Array, [layers.length, H]));
}

export function checkAttention(record: TrainingRecord): string | null {
  if (isGap(record)) return null;
  const { fields, arrays } = record;
  const { samples, lengths, prefix, grid, layers } = fields;
  if (!isCounts(samples) || !isCounts(lengths) || samples.length !== lengths.length) {
    return "it has no index and length for each sample";
  }
  if (!isCount(prefix)) return "it does not say how many tokens come before the grid";
  if (grid !== null && !isGrid(grid)) return "its grid is not [height, width]";
  const n = samples.length;
  return (
    checkLayers(layers) ??
    firstFault([...(layers as { heads: number }[]).entries()], ([l, { heads }]) =>
      checkMaps(arrays, `${l}`, [n, heads]),
    ) ??
    firstFault(["rollout", "relevance"], (name) =>
      arrays[name] ? shaped(arrays, name, Float32Array, [n, null]) : null,
    )
  );
}

function checkLayers(layers: unknown): string | null {
  if (!Array.isArray(layers)) return "it lists no layers";
  return firstFault(layers, (layer) => {
    const { name, heads, source } = (layer ?? {}) as Record<string, unknown>;
    const described = isText(name) && isText(source) && isCount(heads);
    return described ? null : "one of its layers is not described";
  });
}

function checkMaps(arrays: Arrays, layer: string, [n, H]: readonly [number, number]) {
  const map = arrays[`map.${layer}`];
  if (map && !(map.data instanceof Uint8Array || map.data instanceof Float32Array)) {
    return `its array map.${layer} has the wrong type`;
  }
  if (map?.shape.length !== 4 || map.shape[0] !== n || map.shape[1] !== H) {
    return `its array map.${layer} is not [${n} samples, ${H} heads, queries, keys]`;
  }
  const Tq = map.shape[2];
  const index = arrays[`index.${layer}`];
  return (
    shaped(arrays, `map.${layer}.scale`, Float32Array, [n, H, Tq]) ??
    (index ? checkIndex(arrays, layer, map.shape) : null)
  );
}

/** Keys of a sparse map are tokens of the sequence that asks: as many as there are queries. */
function checkIndex(arrays: Arrays, layer: string, shape: NamedArray["shape"]): string | null {
  const name = `index.${layer}`;
  const type = arrays[name].data instanceof Uint8Array ? Uint8Array : Int32Array;
  const fault = shaped(arrays, name, type, shape);
  if (fault) return fault;
  const data = arrays[name].data as Uint8Array | Int32Array;
  const outside = data.some((key: number) => key < 0 || key >= shape[2]);
  return outside ? `its array ${name} names a token that there is not` : null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}

function isGrid(value: unknown): value is [number, number] {
  return isCounts(value) && value.length === 2 && value[0] * value[1] > 0;
}
