/** The samples that A and B share, lined up by content hash. Pure. */
import type { Prediction } from "../../predictions";
import type { Sample } from "../../samples";
import { predictionOf } from "../attributions/predictions";
import { isAbsence } from "../attributions/sources";
import { type Measures, measuresOf } from "./measures";
import type { Sort } from "./settings";
import { probeOfSide, type Side } from "./sides";

/** One sample at both ends. */
export interface Pair {
  readonly sample: Sample;
  readonly before: Prediction | null;
  readonly after: Prediction | null;
  /** Whether the predicted class changed; null where one is not recorded. */
  readonly flipped: boolean | null;
  /** Null where one end has no map; computed when first asked for. */
  measures(): Measures | null;
}

/** How the samples of two probes line up. */
export interface Lineup {
  readonly pairs: readonly Pair[];
  /** Samples of one end alone. */
  readonly onlyA: number;
  readonly onlyB: number;
}

/** Returns the samples that both ends have, in the order of A's probe. */
export function lineUp(a: Side, b: Side): Lineup {
  const [first, second] = [probeOfSide(a), probeOfSide(b)];
  const samples = (first?.samples ?? []).filter(({ hash }) => second?.places.has(hash));
  const pictured = new Map(second?.samples.map((sample) => [sample.hash, sample]));
  const pairs = samples.map((sample) => {
    const other = pictured.get(sample.hash);
    return pairOf(a, b, !sample.picture && other?.picture ? other : sample);
  });
  return {
    pairs,
    onlyA: (first?.samples.length ?? 0) - pairs.length,
    onlyB: (second?.samples.length ?? 0) - pairs.length,
  };
}

function pairOf(a: Side, b: Side, sample: Sample): Pair {
  const [before, after] = [a, b].map(({ records, moment }) =>
    records && moment ? predictionOf(records, moment, sample.hash) : null,
  );
  const flipped = before && after ? before.predicted !== after.predicted : null;
  const measures = () =>
    isAbsence(a.source) || isAbsence(b.source) ? null : measuresOf(a.source, b.source, sample.hash);
  return { sample, before, after, flipped, measures };
}

/** Returns how much a pair changed, as `sort` has it: more is further up; NaN is last. */
export function changeOf(pair: Pair, sort: Sort): number {
  if (sort === "score") return scoreChange(pair);
  const measures = pair.measures();
  if (!measures || measures.reason) return Number.NaN;
  if (sort === "difference") return measures.difference;
  if (sort === "shift") return measures.shift ?? Number.NaN;
  return measures.rank === null ? Number.NaN : 1 - measures.rank;
}

/** Returns by how much the score of the label changed, or without one that of A's prediction. */
export function scoreChange({ before, after }: Pair): number {
  if (!before || !after) return Number.NaN;
  if (Number.isFinite(before.labelScore)) return Math.abs(after.labelScore - before.labelScore);
  return before.predicted === after.predicted ? Math.abs(after.topScore - before.topScore) : 1;
}

/** Returns the pairs that are shown, those that changed most first. */
export function arranged(
  pairs: readonly Pair[],
  sort: Sort,
  filter: "all" | "flipped",
): readonly Pair[] {
  const kept = filter === "flipped" ? pairs.filter(({ flipped }) => flipped) : pairs;
  if (sort === "probe") return kept;
  const sized = kept.map((pair) => ({ pair, size: changeOf(pair, sort) }));
  sized.sort((x, y) => byFalling(x.size, y.size));
  return sized.map(({ pair }) => pair);
}

/** Larger ones first, NaN last. */
export function byFalling(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
  return y - x;
}
