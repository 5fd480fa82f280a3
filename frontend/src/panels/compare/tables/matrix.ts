/** How far the maps of every run agree with those of every other. Pure. */
import { isAbsence } from "../../attributions/sources";
import { medianOf } from "../measures";
import { rankOf } from "../ranks";
import { probeOfSide, type Side } from "../sides";

/** Two runs. */
export interface Agreement {
  /** The median rank correlation over the shared samples; null where it is not defined. */
  readonly median: number | null;
  /** Samples that both runs have a map of which it is defined for. */
  readonly samples: number;
  /** Why there is none; "" where there is. */
  readonly reason: string;
}

/** Returns how far the maps of two runs agree. */
export function agreementOf(a: Side, b: Side): Agreement {
  if (isAbsence(a.source)) return none(`${a.end.run}: ${a.source.reason}`);
  if (isAbsence(b.source)) return none(`${b.end.run}: ${b.source.reason}`);
  const [first, second] = [a.source, b.source];
  const places = probeOfSide(b)?.places;
  const shared = first.probe.hashes.filter((hash) => places?.has(hash));
  if (shared.length === 0) return none("They share no sample: their contents hash differently.");
  const values = shared.flatMap((hash) => rankOf(first, second, hash) ?? []);
  const median = medianOf(values);
  if (median === null) return none("Not defined: maps are constant, or their sizes differ.");
  return { median, samples: values.length, reason: "" };
}

function none(reason: string): Agreement {
  return { median: null, samples: 0, reason };
}

/** Returns the pairs of `count` runs, each once, in the order in which they are worked out. */
export function pairsOf(count: number): (readonly [number, number])[] {
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: count - i - 1 }, (_, k) => [i, i + k + 1] as const),
  ).flat();
}

export const keyOf = (i: number, j: number): string => `${Math.min(i, j)} ${Math.max(i, j)}`;
