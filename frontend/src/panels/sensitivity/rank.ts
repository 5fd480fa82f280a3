/** Which units are most sensitive, how that moves, and how far two orders agree; pure. */
import { curveOf, type Measure, type Reading } from "./readings";

/**
 * Returns the mean of a unit's values over levels, larger for worse: the area under its curve.
 *
 * NaN if no level was measured. A metric falls where loss and divergence rise.
 */
export function areaOf(reading: Reading, measure: Measure, name: string): number {
  let [sum, count] = [0, 0];
  for (const value of curveOf(reading, measure, name)) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return count === 0 ? Number.NaN : signOf(measure) * (sum / count);
}

/** What turns a measure's values into "larger is worse". */
export function signOf(measure: Measure): 1 | -1 {
  return measure === "metric" || measure === "repaired" ? -1 : 1;
}

/** Returns each unit's place by falling sensitivity, from 0; units without values have none. */
export function ranksOf(
  reading: Reading,
  measure: Measure,
  names: readonly string[],
): ReadonlyMap<string, number> {
  const areas = names
    .map((name) => ({ name, area: areaOf(reading, measure, name) }))
    .filter(({ area }) => !Number.isNaN(area));
  areas.sort((a, b) => b.area - a.area);
  return new Map(areas.map(({ name }, rank) => [name, rank]));
}

/** Returns Spearman's rank correlation of pairs, ties by mean rank; NaN for fewer than three. */
export function spearman(pairs: readonly (readonly [number, number])[]): number {
  if (pairs.length < 3) return Number.NaN;
  const a = meanRanks(pairs.map(([x]) => x));
  const b = meanRanks(pairs.map(([, y]) => y));
  const middle = (pairs.length - 1) / 2;
  let [both, ofA, ofB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    both += (a[i] - middle) * (b[i] - middle);
    ofA += (a[i] - middle) ** 2;
    ofB += (b[i] - middle) ** 2;
  }
  return ofA > 0 && ofB > 0 ? both / Math.sqrt(ofA * ofB) : Number.NaN;
}

function meanRanks(values: readonly number[]): Float64Array {
  const order = values.map((_, i) => i).sort((i, j) => values[i] - values[j]);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) ranks[order[i]] = (start + end - 1) / 2;
    start = end;
  }
  return ranks;
}

/** One cell of an estimate and of a scan. */
export interface CellPair {
  readonly unit: string;
  readonly level: number;
  readonly estimate: number;
  readonly exact: number;
}

/** Returns every cell that both hold, of the same units and names of levels. */
export function cellPairs(estimate: Reading, exact: Reading, measure: Measure): CellPair[] {
  const levels = estimate.levelNames.map((name) => exact.levelNames.indexOf(name));
  return estimate.units.flatMap(({ name }) => {
    const guessed = curveOf(estimate, measure, name);
    const measured = curveOf(exact, measure, name);
    return levels.flatMap((other, level) => {
      const pair = { unit: name, level, estimate: guessed[level], exact: measured[other] };
      return Number.isFinite(pair.estimate) && Number.isFinite(pair.exact) ? [pair] : [];
    });
  });
}

export interface Agreement {
  /** Over all cells; inflated, since every curve rises with the level. */
  readonly overall: number;
  /** Mean over levels, of the correlation across units. */
  readonly across: number;
}

/** Returns how far the order of `pairs` by estimate is that by scan. */
export function agreementOf(pairs: readonly CellPair[]): Agreement {
  const values = (some: readonly CellPair[]) =>
    some.map(({ estimate, exact }) => [estimate, exact] as const);
  const levels = [...new Set(pairs.map(({ level }) => level))];
  const across = levels
    .map((level) => spearman(values(pairs.filter((pair) => pair.level === level))))
    .filter((rho) => !Number.isNaN(rho));
  return {
    overall: spearman(values(pairs)),
    across: across.reduce((sum, rho) => sum + rho, 0) / across.length, // NaN: none
  };
}
