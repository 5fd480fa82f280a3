/** Signals of a series probe, and where their points and those of maps lie. */
import type { Probe } from "../../../samples";

/** Values by channel, and in each by time. */
export interface Signal {
  readonly values: Float32Array;
  readonly channels: number;
  readonly length: number;
}

/** Returns the signal of sample `n`; null where inputs are not stored. */
export function signalOf({ record }: Probe, n: number): Signal | null {
  const stored = record.arrays.signals;
  if (!stored) return null;
  const [, channels, length] = stored.shape;
  const size = channels * length;
  const values = (stored.data as Float32Array).subarray(n * size, (n + 1) * size);
  return { values, channels, length };
}

/** Returns how many points one input has, before any were put together; at least `known`. */
export function pointsOf({ record }: Probe, known: number): number {
  const { shape } = record.fields;
  const last = Array.isArray(shape) ? Number(shape.at(-1)) : 0;
  return Number.isSafeInteger(last) ? Math.max(last, known) : known;
}

/** Returns "point 7", or where a cell holds several of them "points 12 to 15". */
export function pointWords(cell: number, cells: number, points: number): string {
  const first = Math.floor((cell * points) / cells);
  const last = Math.max(first, Math.floor(((cell + 1) * points) / cells) - 1);
  return first === last ? `point ${first}` : `points ${first} to ${last}`;
}

/** Returns the smallest and largest finite values of a channel; [0, 1] where none is. */
export function rangeOf(signal: Signal, channel: number): readonly [low: number, high: number] {
  const { values, length } = signal;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = channel * length; i < (channel + 1) * length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return [0, 1];
  return low === high ? [low - 0.5, high + 0.5] : [low, high];
}

/** Returns the sum of the values, and that of their sizes, in each channel of a map. */
export function channelSums(values: Float32Array, channels: number, length: number) {
  return Array.from({ length: channels }, (_, channel) => {
    const own = values.subarray(channel * length, (channel + 1) * length);
    return {
      channel,
      sum: own.reduce((sum, value) => sum + value, 0),
      size: own.reduce((sum, value) => sum + Math.abs(value), 0),
    };
  });
}

/** Returns float [length]: the sum over channels at each point. */
export function overChannels(values: Float32Array, channels: number, length: number): Float32Array {
  const sums = new Float32Array(length);
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < length; i++) sums[i] += values[channel * length + i];
  }
  return sums;
}
