/** How far confidences can be trusted: the reliability curve and the histogram of confidences. */
import { count, percent, score } from "../../format";
import type { TrainingRecord } from "../../types";
import { type Drawing, frame, places, strokeBetween, type Theme, type To, within } from "./drawing";
import { measureOf } from "./measures";

const ENDS = { x: ["0", "1"], y: ["0", "1"], name: "confidence" };

/** Returns accuracy by confidence; on the diagonal, confidences are what they say. */
export function reliability(record: TrainingRecord): Drawing {
  const { bin_count, bin_confidence, bin_accuracy } = record.arrays;
  const [counts, confidence, accuracy] = [bin_count, bin_confidence, bin_accuracy].map(
    ({ data }) => data as Int32Array | Float32Array,
  );
  const B = counts.length;
  return {
    title: "Reliability",
    caption: `ECE ${score(measureOf(record, "ece"))}`,
    aspect: 1,
    draw(to, width, height, theme) {
      drawBins(to, [width, height], theme, counts, accuracy);
      drawCurve(to, [width, height], theme, confidence, accuracy);
      frame(to, [width, height], theme, ENDS);
    },
    at(x, y) {
      const inside = within(x, y);
      if (!inside) return null;
      const b = Math.floor(inside[0] * B);
      const bin = `confidence ${score(b / B)} to ${score((b + 1) / B)}`;
      if (!(counts[b] > 0)) return `${bin}: no sample`;
      return `${bin}: ${count(counts[b])} samples, mean ${score(confidence[b])}, ${percent(accuracy[b])} right`;
    },
  };
}

type Numbers = Int32Array | Float32Array;
type Size = readonly [number, number];

/** Bars as strong as their bin is full. */
function drawBins(to: To, size: Size, theme: Theme, counts: Numbers, accuracy: Numbers): void {
  const { x, y } = places(...size);
  const fullest = Math.max(1, ...counts);
  to.fillStyle = theme.colour;
  counts.forEach((samples, b) => {
    if (samples === 0 || !Number.isFinite(accuracy[b])) return;
    to.globalAlpha = 0.12 + 0.5 * Math.sqrt(samples / fullest);
    const [left, right] = [x(b / counts.length), x((b + 1) / counts.length)];
    to.fillRect(left + 0.5, y(accuracy[b]), right - left - 1, y(0) - y(accuracy[b]));
  });
  to.globalAlpha = 1;
}

function drawCurve(to: To, size: Size, theme: Theme, confidence: Numbers, accuracy: Numbers): void {
  const { x, y } = places(...size);
  to.strokeStyle = theme.mute;
  to.lineWidth = 1;
  to.setLineDash([3, 3]);
  strokeBetween(to, size, [0, 0], [1, 1]);
  to.setLineDash([]);
  to.strokeStyle = to.fillStyle = theme.colour;
  to.lineWidth = 2;
  const known = [...confidence.keys()].filter((b) => Number.isFinite(confidence[b]));
  to.beginPath();
  for (const b of known) to.lineTo(x(confidence[b]), y(accuracy[b]));
  to.stroke();
  for (const b of known) {
    to.beginPath();
    to.arc(x(confidence[b]), y(accuracy[b]), 2.5, 0, 2 * Math.PI);
    to.fill();
  }
}

/** Returns how many samples have which confidence, those that are wrong at the bottom. */
export function confidences(record: TrainingRecord): Drawing {
  const { data, shape } = record.arrays.confidence;
  const B = shape[1];
  const [wrong, right] = [data.subarray(0, B), data.subarray(B)] as Int32Array[];
  const tallest = Math.max(1, ...wrong.map((samples, b) => samples + right[b]));
  return {
    title: "Confidence",
    caption: "of samples",
    aspect: 1,
    draw(to, width, height, theme) {
      const { x, y } = places(width, height);
      for (let b = 0; b < B; b++) {
        const [left, wide] = [x(b / B) + 0.5, x((b + 1) / B) - x(b / B) - 1];
        const [low, high] = [wrong[b] / tallest, (wrong[b] + right[b]) / tallest];
        to.fillStyle = theme.colour;
        to.fillRect(left, y(high), wide, y(low) - y(high));
        to.fillStyle = theme.text;
        to.fillRect(left, y(low), wide, y(0) - y(low));
      }
      frame(to, [width, height], theme, { ...ENDS, y: ["0", shortCount(tallest)] });
      drawKey(to, x(0) + 8, y(1) + 12, theme);
    },
    at(x, y) {
      const inside = within(x, y);
      if (!inside) return null;
      const b = Math.floor(inside[0] * B);
      const bin = `confidence ${score(b / B)} to ${score((b + 1) / B)}`;
      return `${bin}: ${count(right[b])} right, ${count(wrong[b])} wrong`;
    },
  };
}

/** Which bars are of right answers; the upper left corner is the emptiest. */
function drawKey(to: To, x: number, y: number, theme: Theme): void {
  to.textAlign = "left";
  for (const [i, word] of ["right", "wrong"].entries()) {
    to.fillStyle = i === 0 ? theme.colour : theme.text;
    to.fillRect(x, y + 14 * i - 4, 8, 8);
    to.fillStyle = theme.mute;
    to.fillText(word, x + 13, y + 14 * i);
  }
}

/** "950", "12k": what fits beside a small axis. */
export function shortCount(value: number): string {
  return value < 1000 ? `${value}` : `${Number((value / 1000).toPrecision(2))}k`;
}
