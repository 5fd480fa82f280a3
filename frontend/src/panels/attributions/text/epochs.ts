/** One sample's words over a run's records, as a table of values. */
import type { Track } from "../model";
import { isAbsence } from "../sources";
import { readingAt, type TextModel } from "./model";
import type { Reading } from "./reading";
import type { Word } from "./words";

export interface Epochs {
  /** In the order of the text. */
  readonly words: readonly Word[];
  /** Words that there are, padding aside. */
  readonly count: number;
  /** By record of the run, then by word; null where nothing was recorded. */
  readonly columns: readonly (Float32Array | null)[];
  readonly peak: number;
}

/** Returns the `most` words that ever count most, at every record of the track's run. */
export function epochsOf(text: TextModel, track: Track, hash: string, most: number): Epochs | null {
  const readings = track.sources.map((_, moment) => {
    const reading = readingAt(text, track, moment, hash);
    return isAbsence(reading) ? null : reading;
  });
  const first = readings.find((reading) => reading !== null);
  if (!first) return null;
  const count = first.words.length - first.padding;
  const kept = strongest(readings, count, most);
  const columns = readings.map((reading) => {
    return reading && Float32Array.from(kept, (i) => reading.values[i] ?? Number.NaN);
  });
  const peak = Math.max(...readings.map((reading) => reading?.peak ?? 0));
  return { words: kept.map((i) => first.words[i]), count, columns, peak };
}

/** Returns the indices of the words with the largest |values| over time, ascending. */
function strongest(readings: readonly (Reading | null)[], count: number, most: number): number[] {
  const sizes = new Float64Array(count);
  for (const reading of readings) {
    for (let i = 0; reading && i < count; i++) {
      const size = Math.abs(reading.values[i]);
      if (size > sizes[i]) sizes[i] = size;
    }
  }
  const all = Array.from({ length: count }, (_, i) => i);
  const ranked = all.sort((a, b) => sizes[b] - sizes[a]).slice(0, most);
  return ranked.sort((a, b) => a - b);
}
