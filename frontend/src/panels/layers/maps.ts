/** Feature maps of one sample, and filters: over time, channel by channel. */
import type { Probe } from "../../samples";
import { probeOf } from "../../samples";
import type { NamedArray, Series, TrainingRecord } from "../../types";

/** One map of h x w values inside an array of a record. */
export interface Tile {
  readonly array: NamedArray;
  /** Index of its first value, and of values between one plane (of a colour) and the next. */
  readonly start: number;
  readonly planes: number;
  readonly height: number;
  readonly width: number;
  readonly scale: number;
  readonly signed: boolean;
}

export interface TileRow {
  readonly step: number;
  readonly epoch: number;
  /** One per channel; null where it was not recorded. */
  readonly tiles: readonly (Tile | null)[];
}

export interface TileSheet {
  readonly layer: string;
  readonly channels: readonly number[];
  readonly rows: readonly TileRow[];
  /** Largest magnitude of each channel in all rows. */
  readonly limits: readonly number[];
}

const CHANNELS = 16; // columns of a sheet; those recorded most often come first

type Entry = { array: string; layer: string; channels: number[]; signed: boolean };

/** Returns the layers with feature maps of `run`, in the order of their first record. */
export function mappedLayers(series: readonly Series[], run: string): string[] {
  const records = recordsOf(series, run, "feature_maps");
  return [...new Set(records.flatMap((record) => entriesOf(record).map(({ layer }) => layer)))];
}

/** Returns the hashes of the samples that `run` has feature maps of. */
export function mappedSamples(
  series: readonly Series[],
  run: string,
  probes: readonly Probe[],
): string[] {
  const hashes = recordsOf(series, run, "feature_maps").flatMap((record) => {
    const probe = probeOf(probes, run, record);
    return probe ? (record.fields.samples as number[]).map((n) => probe.hashes[n]) : [];
  });
  return [...new Set(hashes)].filter((hash) => hash !== undefined);
}

/** Returns the feature maps of `layer` for the sample `hash`, a row per record. */
export function featureSheet(
  series: readonly Series[],
  run: string,
  probes: readonly Probe[],
  layer: string,
  hash: string,
): TileSheet {
  const found = recordsOf(series, run, "feature_maps").flatMap((record) => {
    const entry = entriesOf(record).find((each) => each.layer === layer);
    const probe = probeOf(probes, run, record);
    const n = probe
      ? (record.fields.samples as number[]).indexOf(probe.places.get(hash) ?? -1)
      : -1;
    return entry && n >= 0
      ? [{ record, channels: entry.channels, tile: mapTile(record, entry, n) }]
      : [];
  });
  return sheetOf(layer, found);
}

/** Returns the filters of `run`, a row per record; null where there are none. */
export function filterSheet(series: readonly Series[], run: string): TileSheet | null {
  const records = recordsOf(series, run, "filters");
  const newest = records.at(-1);
  if (!newest) return null;
  const layer = newest.fields.layer as string;
  const found = records
    .filter(({ fields }) => fields.layer === layer)
    .map((record) => ({
      record,
      channels: record.fields.channels as number[],
      tile: (k: number) => filterTile(record, k),
    }));
  return sheetOf(layer, found);
}

function recordsOf(series: readonly Series[], run: string, kind: string): TrainingRecord[] {
  return series
    .filter((entry) => entry.kind === kind && entry.run === run)
    .flatMap(({ records }) => records)
    .sort((a, b) => a.step - b.step);
}

function entriesOf({ fields }: TrainingRecord): Entry[] {
  return fields.maps as Entry[];
}

interface Found {
  readonly record: TrainingRecord;
  readonly channels: readonly number[];
  /** Returns the tile at a place among `channels`. */
  tile(place: number): Tile;
}

function mapTile({ arrays }: TrainingRecord, { array, signed }: Entry, n: number) {
  const maps = arrays[array];
  const [, K, height, width] = maps.shape;
  return (k: number): Tile => ({
    array: maps,
    start: (n * K + k) * height * width,
    planes: 1,
    height,
    width,
    scale: Number(arrays[`${array}.scale`].data[n * K + k]),
    signed,
  });
}

function filterTile({ arrays }: TrainingRecord, k: number): Tile {
  const [, planes, height, width] = arrays.filters.shape;
  return {
    array: arrays.filters,
    start: k * planes * height * width,
    planes,
    height,
    width,
    scale: Number(arrays["filters.scale"].data[k]),
    signed: true,
  };
}

function sheetOf(layer: string, found: readonly Found[]): TileSheet {
  const channels = channelsOf(found);
  const rows = found.map(({ record: { step, epoch }, channels: own, tile }) => ({
    step,
    epoch,
    tiles: channels.map((channel) => (own.includes(channel) ? tile(own.indexOf(channel)) : null)),
  }));
  const limits = channels.map((_, c) =>
    Math.max(0, ...rows.map(({ tiles }) => (tiles[c] ? peakOf(tiles[c]) : 0))),
  );
  return { layer, channels, rows, limits };
}

function channelsOf(found: readonly Found[]): number[] {
  const often = new Map<number, number>();
  for (const channel of found.flatMap(({ channels }) => channels)) {
    often.set(channel, (often.get(channel) ?? 0) + 1);
  }
  const chosen = [...often].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, CHANNELS);
  return chosen.map(([channel]) => channel).sort((a, b) => a - b);
}

function peakOf({ array, start, planes, height, width, scale }: Tile): number {
  let peak = 0;
  for (let i = start; i < start + planes * height * width; i++) {
    const size = Math.abs(Number(array.data[i]));
    if (size > peak && size !== Infinity) peak = size;
  }
  return peak * scale;
}

/** Returns the layer of `mapped` nearest to `layer`: itself, one inside or around it, or by depth. */
export function nearestMapped(
  mapped: readonly string[],
  layer: string,
  order: readonly string[],
): string | null {
  if (mapped.includes(layer)) return layer;
  const shared = (name: string) => {
    const [a, b] = [name.split("."), layer.split(".")];
    const differ = a.findIndex((part, i) => part !== b[i]);
    return differ < 0 ? a.length : differ;
  };
  const depth = (name: string) => {
    const at = order.findIndex((row) => row === name || row.startsWith(`${name}.`));
    return at < 0 ? Number.MAX_SAFE_INTEGER : Math.abs(at - order.indexOf(layer));
  };
  const ranked = [...mapped].sort((a, b) => shared(b) - shared(a) || depth(a) - depth(b));
  return ranked[0] ?? null;
}
