/** What the open view shows, as a table. */
import { type Cell, csvDownload } from "../../csv";
import type { Download } from "../../types";
import { found } from "./changes/all";
import type { DEFINITIONS } from "./definitions";
import { ends, lineup } from "./model";
import { chosen, type View } from "./settings";
import { figureOf } from "./tables/Drift";
import { chosenEdit } from "./tables/EditTable";
import { agreementOf, pairsOf } from "./tables/matrix";
import { layerTables } from "./tables/model";
import { runSides } from "./tables/RunMatrix";

const FIGURES: readonly (keyof typeof DEFINITIONS)[] = [
  "rank",
  "ssim",
  "overlap",
  "shift",
  "total",
  "difference",
];

interface Sheet {
  readonly header: readonly string[];
  readonly rows: Iterable<readonly Cell[]>;
}

/** Of every view the two ends come first in each row. */
export function csv(): Download | null {
  if (!ends.value) return null;
  const { view } = chosen;
  const sheet = SHEETS[view.value]();
  const rows = [...sheet.rows];
  return rows.length === 0 ? null : csvDownload(`compare-${view.value}.csv`, sheet.header, rows);
}

const SHEETS: Readonly<Record<View, () => Sheet>> = {
  samples,
  drift: samples,
  changes,
  layers,
  sensitivity,
  runs: matrix,
};

const ENDS = ["run_a", "step_a", "run_b", "step_b"] as const;

function endCells(): Cell[] {
  const { a, b } = ends.peek() ?? {};
  return [a?.run ?? null, a?.step ?? null, b?.run ?? null, b?.step ?? null];
}

/** CSV has no word for "not defined": the cell is empty. */
const finite = (value: number | undefined): Cell =>
  value === undefined || !Number.isFinite(value) ? null : value;

function samples(): Sheet {
  const header = [...ENDS, "sample", "name", "label", "prediction_a", "score_a"];
  const rows = lineup.value.pairs.map((pair) => [
    ...endCells(),
    pair.sample.hash,
    pair.sample.name,
    pair.sample.label,
    pair.before?.predicted ?? null,
    finite(pair.before?.topScore),
    pair.after?.predicted ?? null,
    finite(pair.after?.topScore),
    pair.flipped === null ? null : Number(pair.flipped),
    ...FIGURES.map((name) => finite(figureOf(pair.measures(), name))),
  ]);
  return { header: [...header, "prediction_b", "score_b", "flipped", ...FIGURES], rows };
}

function changes(): Sheet {
  const rows = found.value.findings.map(({ words, detail, times, least }, i) => {
    return [...endCells(), i + 1, words, detail, finite(times), least];
  });
  return { header: [...ENDS, "rank", "finding", "detail", "times_least", "least_told"], rows };
}

function layers(): Sheet {
  const rows = layerTables.value.flatMap(({ what, a, b, statistics }) =>
    statistics.flatMap(({ statistic, layers: all }) =>
      all.map(({ layer, before, after, size }) => {
        const moments = [a.step, b.step];
        const values = [finite(before), finite(after), finite(size)];
        return [...endCells(), what, statistic.name, layer, ...moments, ...values];
      }),
    ),
  );
  const header = [...ENDS, "what", "statistic", "layer", "record_a", "record_b", "a", "b", "size"];
  return { header, rows };
}

function sensitivity(): Sheet {
  const pair = chosenEdit();
  const rows = (pair?.units ?? []).flatMap(({ unit, cells }) =>
    cells.flatMap((cell, k) => {
      if (!cell || !pair) return [];
      const values = [cell.before, cell.after, cell.change, cell.error].map(finite);
      const told = [pair.edit, pair.measure, unit, pair.levels[k]];
      return [[...endCells(), ...told, ...values, Number(cell.indistinct)]];
    }),
  );
  const header = [...ENDS, "edit", "measure", "unit", "level", "a", "b", "change", "error"];
  return { header: [...header, "indistinct"], rows };
}

function matrix(): Sheet {
  const sides = runSides.value;
  const rows = pairsOf(sides.length).map(([i, j]) => {
    const { median, samples: count, reason } = agreementOf(sides[i], sides[j]);
    const [a, b] = [sides[i].end, sides[j].end];
    return [a.run, a.step, b.run, b.step, median, count, reason];
  });
  return { header: [...ENDS, "median_rank_correlation", "samples", "reason"], rows };
}
