/** Lays frames end to end, as the server would have answered for all their series at once. */
import { MAGIC, PREAMBLE, preamble, VERSION } from "../frame";

const ALIGNMENT = 8; // bytes: where records begin

interface Header {
  readonly series: readonly { readonly records: readonly { readonly offset: number }[] }[];
  readonly unreadable?: readonly unknown[];
}

/** Returns the frame with the series of all `frames`, in their order. */
export function mergeFrames(frames: readonly ArrayBuffer[]): ArrayBuffer {
  const series: unknown[] = [];
  const unreadable: unknown[] = [];
  const payloads: Uint8Array[] = [];
  let end = 0;
  for (const frame of frames) {
    const { header, payload } = split(frame);
    series.push(...header.series.map((entry) => shifted(entry, end)));
    unreadable.push(...(header.unreadable ?? []));
    payloads.push(payload);
    end += payload.length;
  }
  return joined({ series, unreadable }, payloads, end);
}

function split(frame: ArrayBuffer): { header: Header; payload: Uint8Array } {
  const [, , length] = preamble(frame);
  const text = new TextDecoder().decode(new Uint8Array(frame, PREAMBLE, length));
  return { header: JSON.parse(text), payload: new Uint8Array(frame, PREAMBLE + length) };
}

function shifted(entry: Header["series"][number], by: number) {
  const records = entry.records.map((record) => ({ ...record, offset: record.offset + by }));
  return { ...entry, records };
}

function joined(header: object, payloads: readonly Uint8Array[], size: number): ArrayBuffer {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(PREAMBLE + length + size).fill(0x20, PREAMBLE, PREAMBLE + length);
  const view = new DataView(bytes.buffer);
  [MAGIC, VERSION, length].forEach((word, index) => {
    view.setUint32(4 * index, word, true);
  });
  bytes.set(text, PREAMBLE);
  let at = PREAMBLE + length;
  for (const payload of payloads) {
    bytes.set(payload, at);
    at += payload.length;
  }
  return bytes.buffer;
}
