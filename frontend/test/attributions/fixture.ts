/** Small runs of two samples: maps of 1 x 2 cells, so that every figure can be read off. */
import { signal } from "@preact/signals";
import type { NamedArray, PanelContext, Series, TrainingRecord } from "../../src/types";

export const SHIRT = "hash of a shirt";
export const COAT = "hash of a coat";

export const array = (shape: number[], data: NamedArray["data"]): NamedArray => ({ shape, data });

export function record(
  kind: string,
  step: number,
  epoch: number,
  fields: TrainingRecord["fields"],
  arrays: TrainingRecord["arrays"] = {},
): TrainingRecord {
  return { kind, monitor: "gradcam", step, epoch, written: 1, wallTime: 0, fields, arrays };
}

export function probe(hashes: readonly string[] = [SHIRT, COAT]): TrainingRecord {
  const fields = {
    digest: "p",
    hashes,
    names: hashes.map((_, n) => `${n}`),
    modality: "image",
    store_inputs: "none",
    display: "as is",
    shape: [1, 28, 28],
    class_names: ["Shirt", "Coat"],
  };
  const labels = array(
    [hashes.length],
    Int32Array.from(hashes, (_, n) => n % 2),
  );
  return record("probe", 0, -1, fields, { labels });
}

/** `values`: the two cells of each sample's map. */
export function cam(step: number, epoch: number, values: readonly number[]): TrainingRecord {
  const N = values.length / 2;
  const fields = {
    probe: "p",
    targets: [{ spec: "label" }],
    maps: [
      {
        array: "map.0",
        method: "gradcam",
        layer: "features.7",
        target: 0,
        signed: false,
        unit: "logit",
      },
    ],
  };
  return record("cam", step, epoch, fields, {
    "map.0": array([N, 1, 2], Float32Array.from(values)),
    "map.0.scale": array([N], new Float32Array(N).fill(1)),
    "target.0": array(
      [N],
      Int32Array.from({ length: N }, (_, n) => n % 2),
    ),
    "output.0": array(
      [N],
      Float32Array.from({ length: N }, (_, n) => n + 0.5),
    ),
  });
}

/** `classes`: the predicted class of each sample. */
export function predictions(
  step: number,
  epoch: number,
  classes: readonly number[],
): TrainingRecord {
  const N = classes.length;
  const scores = () => array([N], new Float32Array(N).fill(0.75));
  const fields = { probe: "p", activation: "softmax", gap: null };
  return record("predictions", step, epoch, fields, {
    classes: array([N, 1], Int32Array.from(classes)),
    scores: array([N, 1], new Float32Array(N).fill(0.75)),
    label_score: scores(),
    loss: scores(),
  });
}

export function gap(step: number, epoch: number, reason: string): TrainingRecord {
  return record("predictions", step, epoch, { probe: "p", gap: reason });
}

export function series(run: string, records: readonly TrainingRecord[]): Series[] {
  const kinds = [...new Set(records.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const ofKind = records.filter((each) => each.kind === kind);
    const tag = `gradcam/${kind}`;
    return {
      run,
      tag,
      kind,
      monitor: "gradcam",
      records: ofKind,
      written: 1,
      unloaded: [],
      unreadable: [],
    };
  });
}

export function contextOf(all: readonly Series[], step: number): PanelContext {
  return {
    series: signal(all),
    runs: signal([...new Set(all.map(({ run }) => run))]),
    runColour: () => "grey",
    moments: signal([]),
    step: signal(step),
    stepIn: () => step,
    scrubToRecord: () => {},
    sample: signal(null),
    dark: signal(false),
  };
}
