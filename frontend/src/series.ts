/** Frames become series: decoded once per record, and re-used as long as a record is shown. */
import { asideIn } from "./aside";
import { type Detail, momentsBetween } from "./detail";
import {
  decodeFrame,
  type FrameSeries,
  type RecordSlot,
  slotBytes,
  type Undelivered,
} from "./frame";
import { decodeRecord } from "./record";
import type { Series, TrainingRecord } from "./types";

type Decode = (entry: FrameSeries, slot: RecordSlot) => TrainingRecord | null;

/** What could not be decoded of a series, by record: it is not asked for again. */
const failures = new WeakMap<Series, ReadonlyMap<string, Error>>();

/**
 * Returns the series of a frame, which answers `detail`; a record that `shown` holds is taken from
 * there.
 *
 * Only when nothing is shown yet do the records share the frame's buffer: a long live session
 * would otherwise keep one whole frame per refresh.
 */
export function readFrame(
  buffer: ArrayBuffer,
  shown: readonly Series[],
  detail: Detail = {},
): Series[] {
  const { series, unreadable, payload } = decodeFrame(buffer);
  const known = new Map<string, TrainingRecord | Error>();
  for (const entry of shown) {
    for (const record of entry.records) known.set(key(entry.run, entry.tag, record), record);
    for (const [at, error] of failures.get(entry) ?? []) known.set(at, error);
  }
  const decode: Decode = (entry, slot) => {
    const held = known.get(key(entry.run, entry.tag, slot));
    if (held instanceof Error) throw held;
    if (held) return held;
    return slot.carried ? decodeSlot(payload, slot, known.size > 0) : null;
  };
  const read = series.map((entry) => {
    const before = shown.find(({ run, tag }) => run === entry.run && tag === entry.tag);
    return toSeries(entry, decode, (slots) => asideIn(slots, detail, before));
  });
  return [...read, ...unreadable.map(undelivered)];
}

/** A series without records stands for one that the server could not read, to name it. */
function undelivered({ run, tag, reason }: Undelivered): Series {
  const unreadable = [`${run}, ${tag}: ${reason}`];
  const empty = { records: [], unloaded: [], written: 0 };
  return { run, tag, kind: "unreadable", monitor: "", ...empty, unreadable };
}

/** Returns, in words, which records its monitor was told to keep; null: all. */
export function keepOf(fields: TrainingRecord["fields"]): string | null {
  return typeof fields.keep === "string" ? fields.keep : null;
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
  decode: Decode,
  asideOf: (decoded: readonly RecordSlot[]) => ReadonlySet<number>,
): Series {
  const { run, tag, kind, monitor, slots } = entry;
  const records: TrainingRecord[] = [];
  const [left, decoded]: [number[], RecordSlot[]] = [[], []];
  const failed = new Map<string, Error>();
  const unreadable: string[] = [];
  for (const slot of slots) {
    try {
      const record = decode(entry, slot);
      if (!record) left.push(slot.step);
      else if (record.kind === kind) {
        records.push(record);
        decoded.push(slot);
      } else throw new Error(`it is of the kind ${record.kind}, not ${kind}`);
    } catch (error) {
      failed.set(key(run, tag, slot), error as Error);
      unreadable.push(`${run}, ${tag}, step ${slot.step}: ${(error as Error).message}`);
    }
  }
  // Records that were to go are not missed.
  const thinned = records.some(({ fields }) => keepOf(fields) !== null);
  const counts = thinned ? [] : records.map((record) => record.written);
  const written = Math.max(slots.length, ...counts);
  const unloaded = momentsBetween(records, left);
  const aside = asideOf(decoded);
  const series = { run, tag, kind, monitor, records, unloaded, aside, written, unreadable };
  failures.set(series, failed);
  return series;
}
