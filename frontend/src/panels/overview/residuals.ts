/** How far predictions of a regression are off, and where. */
import { count, score } from "../../format";
import type { TrainingRecord } from "../../types";
import { paperTable } from "../attention/heat";
import { shortCount } from "./calibration";
import { type Drawing, drawHeat, frame, places, strokeBetween, within } from "./drawing";

/** Returns the histogram of prediction minus truth, with the middle half of all marked. */
export function residualHistogram({ arrays }: TrainingRecord): Drawing {
  const counts = arrays.residuals.data as Int32Array;
  const edges = arrays.edges.data as Float32Array;
  const quantiles = arrays.residual_quantiles.data as Float32Array;
  const B = counts.length;
  const [low, high] = [edges[0], edges[B]];
  const share = (value: number) => (value - low) / (high - low || 1);
  const tallest = Math.max(1, ...counts);
  return {
    title: "Residuals",
    caption: `median ${score(quantiles[2])}, 90 % from ${score(quantiles[0])} to ${score(quantiles[4])}`,
    aspect: 0.8,
    draw(to, width, height, theme) {
      const { x, y } = places(width, height);
      to.fillStyle = theme.line;
      to.fillRect(
        x(share(quantiles[1])),
        y(1),
        x(share(quantiles[3])) - x(share(quantiles[1])),
        y(0) - y(1),
      );
      to.fillStyle = theme.colour;
      counts.forEach((samples, b) => {
        const [left, right] = [x(share(edges[b])), x(share(edges[b + 1]))];
        to.fillRect(
          left,
          y(samples / tallest),
          Math.max(1, right - left - 0.5),
          y(0) - y(samples / tallest),
        );
      });
      to.strokeStyle = theme.text;
      to.lineWidth = 1;
      if (low < 0 && high > 0) strokeBetween(to, [width, height], [share(0), 0], [share(0), 1]);
      const words = { x: [score(low), score(high)], y: ["0", shortCount(tallest)] };
      frame(to, [width, height], theme, { ...words, name: "prediction − truth" });
    },
    at(x, y) {
      const inside = within(x, y);
      if (!inside) return null;
      const value = low + inside[0] * (high - low);
      const b = Math.max(
        0,
        Math.min(
          B - 1,
          edges.findLastIndex((edge) => edge <= value),
        ),
      );
      return `${score(edges[b])} to ${score(edges[b + 1])}: ${count(counts[b])} samples`;
    },
  };
}

/** Returns how often which truth met which prediction; on the diagonal they agree. */
export function jointMap({ arrays }: TrainingRecord, logarithmic: boolean): Drawing {
  const [B] = arrays.joint.shape;
  const counts = arrays.joint.data as Int32Array;
  const edges = arrays.truth_edges.data as Float32Array;
  // Truth goes to the right and prediction upwards, as on paper.
  const upright = new Float32Array(B * B);
  for (let truth = 0; truth < B; truth++) {
    for (let prediction = 0; prediction < B; prediction++) {
      const samples = counts[truth * B + prediction];
      upright[(B - 1 - prediction) * B + truth] = logarithmic ? Math.log1p(samples) : samples;
    }
  }
  const limit = upright.reduce((peak, value) => Math.max(peak, value), 0);
  return {
    title: "Truth and prediction",
    caption: "prediction ↑ truth →",
    aspect: 1,
    draw(to, width, height, theme) {
      const ink = { table: paperTable("magma", theme.dark), limit, ground: theme.ground };
      drawHeat(to, [width, height], { values: upright, height: B, width: B }, ink);
      to.strokeStyle = theme.mute;
      to.lineWidth = 1;
      strokeBetween(to, [width, height], [0, 0], [1, 1]);
      const ends = [score(edges[0]), score(edges[B])];
      frame(to, [width, height], theme, { x: ends, y: ends, name: "truth" });
    },
    at(x, y) {
      const inside = within(x, y);
      if (!inside) return null;
      const truth = Math.floor(inside[0] * B);
      const prediction = Math.floor((1 - inside[1]) * B);
      const span = (i: number) => `${score(edges[i])} to ${score(edges[i + 1])}`;
      const samples = counts[truth * B + Math.min(B - 1, prediction)];
      return `truth ${span(truth)}, prediction ${span(Math.min(B - 1, prediction))}: ${count(samples)}`;
    },
  };
}
