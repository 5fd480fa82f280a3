/** Which parts of the model became more, or less, sensitive to being cut. Pure. */
import { score } from "../../../format";
import type { Cell, EditPair } from "../tables/sensitivities";
import { type Finding, type Found, LEAST } from "./findings";

const EDIT_WORDS = {
  unstructured: "cutting weights",
  channel: "cutting channels",
  heads: "cutting heads",
  "n:m": "N:M pruning",
  bits: "fewer bits",
  clusters: "sharing weights",
} as const;

export function sensitivityFindings(pairs: readonly EditPair[], run: string): Found {
  if (pairs.length === 0) {
    return { findings: [], quiet: ["Sensitivities: not recorded at both ends."] };
  }
  const all = pairs.map((pair) => findingOf(pair, run));
  const findings = all.flatMap((found) => ("words" in found ? [found] : []));
  return { findings, quiet: all.flatMap((found) => ("quiet" in found ? [found.quiet] : [])) };
}

interface Placed {
  readonly unit: string;
  readonly level: number;
  readonly cell: Cell;
  readonly doublings: number;
}

function findingOf(pair: EditPair, run: string): Finding | { readonly quiet: string } {
  const { edit, levels, units } = pair;
  const name = EDIT_WORDS[edit];
  if (
    units.every(({ cells }) => cells.every((cell) => cell === null || Number.isNaN(cell.error)))
  ) {
    return { quiet: `Sensitivity to ${name}: without standard errors no change can be told.` };
  }
  const told = placedOf(pair).filter(({ doublings }) => doublings >= LEAST.doublings);
  const [first] = told.toSorted((x, y) => y.doublings - x.doublings);
  if (!first) {
    return {
      quiet: `Sensitivity to ${name}: no unit's doubled or halved beyond its standard error.`,
    };
  }
  const { unit, level, cell, doublings } = first;
  const count = new Set(told.map((each) => each.unit)).size;
  return {
    words: `${unit} became ${cell.change > 0 ? "more" : "less"} sensitive to ${name} at ${levels[level]}: KL ${score(cell.before)} → ${score(cell.after)} nats.`,
    detail: `Standard error of the change ${score(cell.error)}; ${count} of ${units.length} units doubled or halved beyond 2 of it.`,
    times: doublings / LEAST.doublings,
    least: "a doubling or halving beyond 2 standard errors",
    evidence: { at: "unit", edit, unit, level: pair.b.levelNames.indexOf(levels[level]), run },
  };
}

/** Values below their error count as the error: nothing doubles from noise. */
function placedOf({ units }: EditPair): Placed[] {
  return units.flatMap(({ unit, cells }) =>
    cells.flatMap((cell, level): Placed[] => {
      if (!cell || cell.indistinct || Number.isNaN(cell.error)) return [];
      const [before, after] = [cell.before, cell.after].map((v) => Math.max(v, cell.error));
      return [{ unit, level, cell, doublings: Math.abs(Math.log2(after / before)) }];
    }),
  );
}
