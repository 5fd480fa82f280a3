/** Frames become series: decoded once per record, and re-used as long as a record is shown. */
import {
  decodeFrame,
  type FrameSeries,
  type RecordSlot,
  slotBytes,
  type Undelivered,
} from "./frame";
import { decodeRecord } from "./record";
import type { Series, TrainingRecord } from "./types";

/**
 * Returns the series of a frame; a record that `shown` holds is taken from there.
 *
 * Only when nothing is shown yet do the records share the frame's buffer: a long live session
 * would otherwise keep one whole frame per refresh.
 */
export function readFrame(buffer: ArrayBuffer, shown: readonly Series[]): Series[] {
  const { series, unreadable, payload } = decodeFrame(buffer);
  const known = new Map<string, TrainingRecord>();
  for (const { run, tag, records } of shown) {
    for (const record of records) known.set(key(run, tag, record), record);
  }
  const decode = (entry: FrameSeries, slot: RecordSlot) =>
    known.get(key(entry.run, entry.tag, slot)) ?? decodeSlot(payload, slot, known.size > 0);
  return [...series.map((entry) => toSeries(entry, decode)), ...unreadable.map(undelivered)];
}

/** A series without records stands for one that the server could not read, to name it. */
function undelivered({ run, tag, reason }: Undelivered): Series {
  const unreadable = [`${run}, ${tag}: ${reason}`];
  return { run, tag, kind: "unreadable", monitor: "", records: [], written: 0, unreadable };
}

function key(run: string, tag: string, at: { step: number; wallTime: number }): string {
  return JSON.stringify([run, tag, at.step, at.wallTime]);
}

function decodeSlot(payload: Uint8Array<ArrayBuffer>, slot: RecordSlot, copy: boolean) {
  const bytes = slotBytes(payload, slot);
  return decodeRecord(copy ? bytes.slice() : bytes, slot.wallTime);
}

function toSeries(
  entry: FrameSeries,
  decode: (entry: FrameSeries, slot: RecordSlot) => TrainingRecord,
): Series {
  const { run, tag, kind, monitor, slots } = entry;
  const records: TrainingRecord[] = [];
  const unreadable: string[] = [];
  for (const slot of slots) {
    try {
      const record = decode(entry, slot);
      if (record.kind !== kind) throw new Error(`it is of the kind ${record.kind}, not ${kind}`);
      records.push(record);
    } catch (error) {
      unreadable.push(`${run}, ${tag}, step ${slot.step}: ${(error as Error).message}`);
    }
  }
  const written = Math.max(slots.length, ...records.map((record) => record.written));
  return { run, tag, kind, monitor, records, written, unreadable };
}
