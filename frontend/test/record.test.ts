import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeRecord, RecordError } from "../src/record";
import { f32, HEADER, i32, recordBytes, safetensors } from "./bytes";

const METADATA = { __metadata__: { record: JSON.stringify(HEADER) } };

function array(entry: unknown): Uint8Array<ArrayBuffer> {
  return safetensors({ ...METADATA, a: entry }, [new Uint8Array(8)]);
}

test("arrays are views of the record's bytes where they are aligned", () => {
  const bytes = recordBytes(HEADER, { a: f32([2], [1.5, -2]) });
  const { data } = decodeRecord(bytes, 0).arrays.a;
  assert.deepEqual([...data], [1.5, -2]);
  assert.equal(data.buffer, bytes.buffer);
});

test("arrays that are not aligned are copied", () => {
  const bytes = recordBytes(HEADER, { a: f32([2], [1.5, -2]) });
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  assert.deepEqual([...decodeRecord(shifted.subarray(1), 0).arrays.a.data], [1.5, -2]);
});

test("an array named __proto__ is a name like any other", () => {
  const header = `{"__metadata__":${JSON.stringify(METADATA.__metadata__)},"__proto__":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`;
  const { arrays } = decodeRecord(safetensors(JSON.parse(header), []), 0);
  assert.deepEqual(Object.keys(arrays), ["__proto__"]);
  assert.equal(({} as Record<string, unknown>).shape, undefined);
});

/** A probe of one sample whose picture is `bytes`. */
function probeOf(bytes: readonly number[]): Uint8Array<ArrayBuffer> {
  const header = { ...HEADER, kind: "probe", digest: "d", hashes: ["a"], names: ["a"] };
  const ends = new Uint8Array(new BigInt64Array([BigInt(bytes.length)]).buffer);
  return recordBytes(
    { ...header, class_names: null },
    {
      image_ends: { dtype: "I64", shape: [1], bytes: ends },
      images: { dtype: "U8", shape: [bytes.length], bytes: new Uint8Array(bytes) },
    },
  );
}

/** The first bytes of a PNG, which declare its size. */
function png(width: number, height: number): number[] {
  const size = new DataView(new ArrayBuffer(8));
  size.setUint32(0, width);
  size.setUint32(4, height);
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  return [...signature, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, ...new Uint8Array(size.buffer)];
}

test("a probe's picture may be large", () => {
  assert.equal(decodeRecord(probeOf(png(4000, 3000)), 0).kind, "probe");
});

const HOSTILE: Record<string, Uint8Array<ArrayBuffer>> = {
  "a picture that would take gigabytes": probeOf(png(40_000, 40_000)),
  "a picture that is neither PNG nor WebP": probeOf([..."<svg/>"].map((c) => c.charCodeAt(0))),
  "a gap with arrays": recordBytes(
    { ...HEADER, kind: "predictions", gap: "RuntimeError" },
    { classes: i32([1, 1], [0]) },
  ),
  "attention of more heads than it holds": recordBytes(
    {
      ...HEADER,
      kind: "attention_statistics",
      layers: [{ name: "a", heads: 2 ** 32, source: "module" }],
    },
    { entropy: f32([1, 2], [1, 1]), distance: f32([1, 2], [1, 1]), first: f32([1, 2], [1, 1]) },
  ),
  "no bytes": new Uint8Array(0),
  "a header longer than the record": new Uint8Array(16).fill(0xff),
  "a header that is no JSON": new Uint8Array([3, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]),
  "a header that is a list": safetensors([], []),
  "no entry `record`": safetensors({ __metadata__: {} }, []),
  "a newer version": recordBytes({ ...HEADER, version: 2 }),
  "a version that is text": recordBytes({ ...HEADER, version: "1" }),
  "a version that is no value": recordBytes({ ...HEADER, version: { toString: 1, valueOf: 1 } }),
  "a dtype that is no value": array({ dtype: { toString: 1 }, shape: [8], data_offsets: [0, 8] }),
  "a step that is no number": recordBytes({ ...HEADER, step: null }),
  "an epoch that is a fraction": recordBytes({ ...HEADER, epoch: 0.5 }),
  "an unknown dtype": array({ dtype: "BF16", shape: [4], data_offsets: [0, 8] }),
  "a dtype from the prototype": array({ dtype: "constructor", shape: [8], data_offsets: [0, 8] }),
  "a negative shape": array({ dtype: "U8", shape: [-8], data_offsets: [0, 8] }),
  "a shape that is text": array({ dtype: "U8", shape: "8", data_offsets: [0, 8] }),
  "a shape larger than its bytes": array({ dtype: "U8", shape: [9], data_offsets: [0, 8] }),
  "a shape beyond all numbers": array({
    dtype: "U8",
    shape: [2 ** 52, 2 ** 52],
    data_offsets: [0, 8],
  }),
  "offsets beyond the end": array({ dtype: "U8", shape: [16], data_offsets: [0, 16] }),
  "offsets that run backwards": array({ dtype: "U8", shape: [8], data_offsets: [8, 0] }),
  "no offsets": array({ dtype: "U8", shape: [8] }),
  "a description that is null": array(null),
  "predictions without arrays": recordBytes({ ...HEADER, kind: "predictions", gap: null }),
  "a CAM whose map is missing": recordBytes(
    {
      ...HEADER,
      kind: "cam",
      targets: [{ spec: "label" }],
      maps: [{ array: "map.0", method: "m", layer: "l", target: 0, signed: false, unit: "" }],
    },
    { "target.0": i32([1], [0]), "output.0": f32([1], [0]) },
  ),
  "a probe whose hashes are numbers": recordBytes({
    ...HEADER,
    kind: "probe",
    digest: "d",
    hashes: [1],
    names: ["a"],
    class_names: null,
  }),
};

for (const [what, bytes] of Object.entries(HOSTILE)) {
  test(`${what}: named, not crashed on`, () => {
    assert.throws(() => decodeRecord(bytes, 0), RecordError);
  });
}

test("whatever byte is wrong, the answer is a record or a RecordError", () => {
  const good = recordBytes(
    { ...HEADER, kind: "predictions", probe: "p", gap: null },
    {
      classes: i32([1, 2], [0, 1]),
      scores: f32([1, 2], [0.7, 0.3]),
      label_score: f32([1], [0.7]),
      loss: f32([1], [0.4]),
    },
  );
  for (let i = 0; i < good.length; i++) {
    for (const value of [0, 0x22, 0x39, 0xff]) {
      const bytes = good.slice();
      bytes[i] = value;
      try {
        decodeRecord(bytes, 0);
      } catch (error) {
        assert.ok(error instanceof RecordError, `byte ${i} = ${value}: ${error}`);
      }
    }
  }
});
