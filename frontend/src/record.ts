/** Decodes one record: the safetensors block that tb_explain/schema.py defines. */
import { said } from "./format";
import { checkKind } from "./kinds";
import type { NamedArray, TrainingRecord, TypedArray } from "./types";

const VERSION = 1;
const LENGTH_BYTES = 8; // the u64 that opens a safetensors block

/** Bytes that are not a record of a version this page reads. */
export class RecordError extends Error {}

type ArrayType = {
  new (buffer: ArrayBuffer, offset: number, length: number): TypedArray;
  readonly BYTES_PER_ELEMENT: number;
};

const DTYPES: ReadonlyMap<unknown, ArrayType> = new Map<string, ArrayType>([
  ["U8", Uint8Array],
  ["I8", Int8Array],
  ["I32", Int32Array],
  ["I64", BigInt64Array],
  ["F32", Float32Array],
  ["F64", Float64Array],
]);

/**
 * Returns the record in `bytes`; its arrays are views of `bytes` wherever they are aligned.
 *
 * Raises RecordError for anything else than a well-formed record, whatever the bytes.
 */
export function decodeRecord(bytes: Uint8Array<ArrayBuffer>, wallTime: number): TrainingRecord {
  const [header, data] = split(bytes);
  const { version, kind, monitor, step, epoch, written, ...fields } = recordFields(header);
  if (!Number.isInteger(version) || (version as number) < 1 || (version as number) > VERSION) {
    throw new RecordError(`it has format version ${said(version)}; this page reads ${VERSION}`);
  }
  const record: TrainingRecord = {
    kind: checked("kind", kind, isText),
    monitor: checked("monitor", monitor, isText),
    step: checked("step", step, isInteger),
    epoch: checked("epoch", epoch, isInteger),
    written: checked("written", written, isInteger),
    wallTime,
    fields,
    arrays: decodeArrays(header, data),
  };
  const fault = checkKind(record);
  if (fault) throw new RecordError(fault);
  return record;
}

function split(bytes: Uint8Array<ArrayBuffer>): [Record<string, unknown>, Uint8Array<ArrayBuffer>] {
  if (bytes.byteLength < LENGTH_BYTES) throw new RecordError("it is cut off");
  const lengths = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES);
  const length = lengths.getUint32(0, true) + lengths.getUint32(4, true) * 2 ** 32;
  if (LENGTH_BYTES + length > bytes.byteLength) throw new RecordError("its header is cut off");
  const header = parseObject(
    new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length)),
  );
  return [header, bytes.subarray(LENGTH_BYTES + length)];
}

function recordFields(header: Record<string, unknown>): Record<string, unknown> {
  const metadata = header.__metadata__;
  if (!isObject(metadata) || typeof metadata.record !== "string") {
    throw new RecordError("it has no entry `record` in its header");
  }
  return parseObject(metadata.record);
}

function parseObject(json: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    throw new RecordError(`its header is not JSON: ${String(error)}`);
  }
  if (!isObject(parsed)) throw new RecordError("its header is not a JSON object");
  return parsed;
}

function decodeArrays(header: Record<string, unknown>, data: Uint8Array<ArrayBuffer>) {
  // Without a prototype, so that an array named "__proto__" is a name like any other.
  const arrays: Record<string, NamedArray> = Object.create(null);
  for (const [name, entry] of Object.entries(header)) {
    if (name !== "__metadata__") arrays[name] = decodeArray(name, entry, data);
  }
  return arrays;
}

function decodeArray(name: string, entry: unknown, data: Uint8Array<ArrayBuffer>): NamedArray {
  if (!isObject(entry)) throw new RecordError(`its array ${name} has no description`);
  const type = DTYPES.get(entry.dtype);
  if (!type) throw new RecordError(`its array ${name} has dtype ${said(entry.dtype)}`);
  const { shape, data_offsets: range } = entry;
  if (!isSizes(shape)) throw new RecordError(`its array ${name} has no valid shape`);
  if (!isSizes(range) || range.length !== 2 || range[1] > data.byteLength || range[0] > range[1]) {
    throw new RecordError(`its array ${name} lies outside of the record`);
  }
  const count = shape.reduce((product, size) => product * size, 1);
  const bytes = data.subarray(range[0], range[1]);
  if (count * type.BYTES_PER_ELEMENT !== bytes.byteLength) {
    throw new RecordError(`its array ${name} of shape ${shape} has ${bytes.byteLength} bytes`);
  }
  const aligned = bytes.byteOffset % type.BYTES_PER_ELEMENT === 0 ? bytes : bytes.slice();
  return { shape, data: new type(aligned.buffer, aligned.byteOffset, count) };
}

function checked<T>(name: string, value: unknown, holds: (value: unknown) => value is T): T {
  if (!holds(value)) throw new RecordError(`its field ${name} is ${JSON.stringify(value)}`);
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
