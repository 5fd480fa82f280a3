/** Which classes are taken for which. */
import { count, percent } from "../../format";
import { className } from "../../samples";
import type { TrainingRecord } from "../../types";
import { paperTable } from "../attention/heat";
import { fit } from "../attributions/write";
import { type Drawing, drawHeat, places, type Theme, type To, within } from "./drawing";

/** Classes of a matrix whose rows and columns have room for names. */
const NAMED = 14;

/** Returns the confusion matrix: true classes downwards, predicted ones across; null without. */
export function confusion(record: TrainingRecord, logarithmic: boolean): Drawing | null {
  const array = record.arrays.confusion;
  if (!array) return null;
  const [C] = array.shape;
  const counts = array.data as Int32Array;
  const names = namesOf(record);
  const shown = Float32Array.from(counts, (each) => (logarithmic ? Math.log1p(each) : each));
  const limit = shown.reduce((peak, value) => Math.max(peak, value), 0);
  const sums = Array.from({ length: C }, (_, row) =>
    counts.subarray(row * C, (row + 1) * C).reduce((sum, each) => sum + each, 0),
  );
  return {
    title: "Confusion",
    caption: "true ↓ predicted →",
    aspect: 1,
    draw(to, width, height, theme) {
      const ink = { table: paperTable("magma", theme.dark), limit, ground: theme.ground };
      drawHeat(to, [width, height], { values: shown, height: C, width: C }, ink);
      drawNames(to, [width, height], theme, names, C);
    },
    at(x, y) {
      const inside = within(x, y);
      if (!inside) return null;
      const [predicted, truth] = inside.map((share) => Math.floor(share * C));
      const samples = counts[truth * C + predicted];
      const share = sums[truth] > 0 ? `, ${percent(samples / sums[truth])} of ${names(truth)}` : "";
      return `${names(truth)} taken for ${names(predicted)}: ${count(samples)}${share}`;
    },
  };
}

function namesOf({ fields }: TrainingRecord): (index: number) => string {
  const known = fields.class_names as readonly string[] | null;
  return (index) => className(known, index);
}

function drawNames(
  to: To,
  size: readonly [number, number],
  theme: Theme,
  names: (index: number) => string,
  C: number,
): void {
  const { x, y } = places(...size);
  to.strokeStyle = theme.line;
  to.lineWidth = 1;
  to.strokeRect(x(0) + 0.5, y(1) + 0.5, x(1) - x(0) - 1, y(0) - y(1) - 1);
  if (C > NAMED) return;
  to.font = "10px Roboto, system-ui, sans-serif";
  to.fillStyle = theme.mute;
  to.textBaseline = "middle";
  const cell = (x(1) - x(0)) / C;
  for (let c = 0; c < C; c++) {
    const middle = (c + 0.5) / C;
    to.textAlign = "right";
    to.fillText(fit(to, names(c), x(0) - 3), x(0) - 3, y(1 - middle));
    to.textAlign = "center";
    to.fillText(fit(to, names(c), cell), x(middle), y(0) + 9);
  }
}

export interface Confused {
  readonly truth: string;
  readonly predicted: string;
  readonly samples: number;
}

/** Returns the most frequent confusions, most frequent first, at most `most`. */
export function mostConfused(record: TrainingRecord, most: number): Confused[] {
  const names = namesOf(record);
  const { confusion: matrix, confused } = record.arrays;
  const found: [number, number, number][] = [];
  if (confused) {
    for (let i = 0; i < confused.shape[0]; i++) {
      const [truth, predicted, samples] = confused.data.slice(3 * i, 3 * i + 3) as Int32Array;
      found.push([truth, predicted, samples]);
    }
  } else if (matrix) {
    const [C] = matrix.shape;
    matrix.data.forEach((samples: number | bigint, i: number) => {
      found.push([Math.floor(i / C), i % C, Number(samples)]);
    });
  }
  return found
    .filter(([truth, predicted, samples]) => truth !== predicted && samples > 0)
    .sort((a, b) => b[2] - a[2])
    .slice(0, most)
    .map(([truth, predicted, samples]) => ({
      truth: names(truth),
      predicted: names(predicted),
      samples,
    }));
}
