/** Writes records and frames as the server sends them, for tests. */

interface ArraySpec {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export const HEADER = { version: 1, kind: "note", monitor: "m", step: 40, epoch: 0, written: 1 };

export function f32(shape: readonly number[], values: readonly number[]): ArraySpec {
  return { dtype: "F32", shape, bytes: new Uint8Array(new Float32Array(values).buffer) };
}

export function i32(shape: readonly number[], values: readonly number[]): ArraySpec {
  return { dtype: "I32", shape, bytes: new Uint8Array(new Int32Array(values).buffer) };
}

/** Returns the safetensors block of a record. */
export function recordBytes(
  header: Record<string, unknown>,
  arrays: Record<string, ArraySpec> = {},
): Uint8Array<ArrayBuffer> {
  const entries: Record<string, unknown> = { __metadata__: { record: JSON.stringify(header) } };
  let offset = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(arrays)) {
    entries[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] };
    offset += bytes.length;
  }
  return safetensors(
    entries,
    Object.values(arrays).map((array) => array.bytes),
  );
}

/** Returns a block with any header, however wrong. */
export function safetensors(header: unknown, data: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const json = JSON.stringify(header);
  const text = new TextEncoder().encode(json + " ".repeat((8 - (json.length % 8)) % 8));
  const length = new Uint8Array(new BigUint64Array([BigInt(text.length)]).buffer);
  return concat([length, text, ...data]);
}

interface FrameRecord {
  readonly step: number;
  readonly wallTime: number;
  /** null: it was not asked for. */
  readonly bytes: Uint8Array | null;
}

/** Returns a frame of one series with `records`. */
export function frameBytes(
  records: readonly FrameRecord[],
  series = { run: "r", tag: "m/note", kind: "note", monitor: "m" },
): ArrayBuffer {
  let offset = 0;
  const slots = records.map(({ step, wallTime, bytes }) => {
    if (!bytes) return { step, wall_time: wallTime };
    const slot = { step, wall_time: wallTime, offset, length: bytes.length };
    offset += Math.ceil(bytes.length / 8) * 8;
    return slot;
  });
  const header = { panel: "overview", series: [{ ...series, records: slots }] };
  return rawFrame(
    header,
    records.flatMap(({ bytes }) => (bytes ? [padded(bytes)] : [])),
  );
}

export function rawFrame(header: unknown, payload: readonly Uint8Array[]): ArrayBuffer {
  const text = padded(new TextEncoder().encode(JSON.stringify(header)), 32);
  const preamble = new DataView(new ArrayBuffer(16));
  preamble.setUint32(0, 0x46584254, true);
  preamble.setUint32(4, 1, true);
  preamble.setUint32(8, text.length, true);
  return concat([new Uint8Array(preamble.buffer), text, ...payload]).buffer;
}

function padded(bytes: Uint8Array, filler = 0): Uint8Array {
  const whole = new Uint8Array(Math.ceil(bytes.length / 8) * 8).fill(filler);
  whole.set(bytes);
  return whole;
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
