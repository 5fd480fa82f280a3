/** Decodes the server's binary frame: magic, version, JSON header, then the records' bytes. */
export const MAGIC = 0x46584254; // "TBXF", little endian
export const VERSION = 1;
export const PREAMBLE = 16; // bytes before the JSON header

/** Bytes that are not a frame of a version this page reads. */
export class FrameError extends Error {}

/** When one record is and where it lies; not yet checked against the payload. */
export interface RecordSlot {
  readonly step: number;
  readonly wallTime: number;
  readonly offset: number;
  readonly length: number;
  /** Whether it was asked for, so that it lies anywhere. */
  readonly carried: boolean;
}

export interface FrameSeries {
  readonly run: string;
  readonly tag: string;
  readonly kind: string;
  readonly monitor: string;
  readonly slots: readonly RecordSlot[];
}

/** A series that the server could not read. */
export interface Undelivered {
  readonly run: string;
  readonly tag: string;
  readonly reason: string;
}

export interface Frame {
  readonly series: readonly FrameSeries[];
  readonly unreadable: readonly Undelivered[];
  /** The records, as a view of the frame's own buffer. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/**
 * Returns the frame in `buffer`, without copying a record.
 *
 * Raises FrameError where the frame itself, not just a record in it, cannot be read.
 */
export function decodeFrame(buffer: ArrayBuffer): Frame {
  if (buffer.byteLength < PREAMBLE) {
    throw new FrameError(`The answer holds ${buffer.byteLength} bytes; a frame has at least 16.`);
  }
  const [magic, version, length] = preamble(buffer);
  if (magic !== MAGIC)
    throw new FrameError("The answer is not a frame: it does not open with TBXF.");
  if (version !== VERSION) {
    throw new FrameError(`The frame has version ${version}; this page reads 1. Reload the page.`);
  }
  if (PREAMBLE + length > buffer.byteLength) {
    throw new FrameError(`The frame is cut off inside its header of ${length} bytes.`);
  }
  const header = parseHeader(new Uint8Array(buffer, PREAMBLE, length));
  return { ...header, payload: new Uint8Array(buffer, PREAMBLE + length) };
}

/** Returns the magic number, the version, and the bytes of the header. */
export function preamble(buffer: ArrayBuffer): [number, number, number] {
  const bytes = new DataView(buffer);
  return [bytes.getUint32(0, true), bytes.getUint32(4, true), bytes.getUint32(8, true)];
}

function parseHeader(bytes: Uint8Array): Omit<Frame, "payload"> {
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes));
    const unreadable = (header.unreadable ?? []) as Record<string, unknown>[];
    return {
      series: (header.series as Record<string, unknown>[]).map(toSeries),
      unreadable: unreadable.map(({ run, tag, reason }) => ({
        run: String(run),
        tag: String(tag),
        reason: String(reason),
      })),
    };
  } catch (error) {
    throw new FrameError(`The frame's header cannot be read: ${String(error)}`);
  }
}

function toSeries(entry: Record<string, unknown>): FrameSeries {
  const slots = (entry.records as Record<string, unknown>[]).map((record) => ({
    step: Number(record.step),
    wallTime: Number(record.wall_time),
    offset: Number(record.offset),
    length: Number(record.length),
    carried: record.offset !== undefined,
  }));
  return {
    run: String(entry.run),
    tag: String(entry.tag),
    kind: String(entry.kind),
    monitor: String(entry.monitor),
    slots,
  };
}

/** Returns the bytes of `slot`; raises FrameError where it points outside of the payload. */
export function slotBytes(payload: Uint8Array<ArrayBuffer>, slot: RecordSlot) {
  const { offset, length } = slot;
  const inside = offset >= 0 && length >= 0 && offset + length <= payload.byteLength;
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || !inside) {
    throw new FrameError(`its bytes (${offset} + ${length}) lie outside of the answer`);
  }
  return payload.subarray(offset, offset + length);
}
