/** The panel as files: every figure as CSV, the sample in depth as PNG. */
import { samples } from "../../context";
import { type Cell, csvDownload } from "../../csv";
import { epochName } from "../../moments";
import { drawFitted, pictureOf } from "../../pictures";
import { type PredictionTrack, predictionIn } from "../../predictions";
import { className, type Sample } from "../../samples";
import type { Download, PanelContext } from "../../types";
import { themeColour } from "../../ui/canvas";
import { tracks } from "./model";

const COLUMNS = [
  "run",
  "epoch",
  "step",
  "sample",
  "name",
  "label",
  "prediction",
  "prediction_score",
  "label_score",
  "loss_nats",
  "correct",
];

/** Returns every prediction of the shown runs, one line per run, record and sample. */
export function csv(): Download | null {
  if (tracks.value.length === 0) return null;
  return csvDownload("explain-overview.csv", COLUMNS, predictionRows(tracks.value));
}

function* predictionRows(all: readonly PredictionTrack[]): Generator<Cell[]> {
  for (const track of all) {
    for (let index = 0; index < track.records.length; index++) {
      for (const sample of track.probe.samples) yield* rowOf(track, index, sample);
    }
  }
}

function rowOf(track: PredictionTrack, index: number, sample: Sample): Cell[][] {
  const prediction = predictionIn(track, index, sample.hash);
  if (!prediction) return [];
  const { record, top, topScore, labelScore, loss, correct } = prediction;
  const predicted = className(track.probe.classNames, top);
  return [
    [
      track.run,
      record.epoch,
      record.step,
      sample.hash,
      sample.name,
      sample.label,
      predicted,
      topScore,
      labelScore,
      loss,
      correct === null ? null : Number(correct),
    ],
  ];
}

const SCALE = 2; // pixels per CSS pixel, for print
const WIDTH = 640;
const PICTURE = 200;

/** Returns the sample in depth: picture, chart and where the scrubber stands. */
export async function png(context: PanelContext): Promise<Download | null> {
  const chart = document.querySelector<HTMLCanvasElement>(".right .uplot canvas");
  const sample = samples.value.find(({ hash }) => hash === context.sample.value);
  if (!sample || !chart) return null;
  const canvas = document.createElement("canvas");
  const legend = 20 * context.runs.value.length;
  canvas.width = WIDTH * SCALE;
  canvas.height = (PICTURE + 64 + legend) * SCALE;
  const to = canvas.getContext("2d");
  if (!to) return null;
  to.scale(SCALE, SCALE);
  to.fillStyle = themeColour("--panel");
  to.fillRect(0, 0, WIDTH, canvas.height);
  drawTitle(to, sample, context);
  const picture = pictureOf(sample.picture);
  if (picture) drawFitted(to, picture, 16, 44, PICTURE);
  const height = Math.min(PICTURE, (chart.height / chart.width) * (WIDTH - PICTURE - 48));
  to.imageSmoothingEnabled = true;
  to.drawImage(chart, PICTURE + 32, 44, WIDTH - PICTURE - 48, height);
  drawLegend(to, context);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve({ name: `explain-sample-${sample.hash.slice(0, 8)}.png`, blob });
      else reject(new Error("The browser could not encode it."));
    }, "image/png");
  });
}

function drawTitle(to: CanvasRenderingContext2D, sample: Sample, context: PanelContext): void {
  const moment = context.moments.value.find(({ step }) => step === context.step.value);
  to.fillStyle = themeColour("--text");
  to.font = "500 15px Roboto, system-ui, sans-serif";
  to.fillText(
    `Sample ${sample.name}${sample.label === null ? "" : ` · ${sample.label}`}`,
    16,
    28,
    300,
  );
  to.fillStyle = themeColour("--mute");
  to.font = "12px Roboto, system-ui, sans-serif";
  const words = moment ? `epoch ${epochName(moment.epoch)}, step ${moment.step}` : "";
  to.fillText(`score of the label · ${words}`, PICTURE + 32, 28, 380);
}

function drawLegend(to: CanvasRenderingContext2D, context: PanelContext): void {
  to.font = "12px Roboto, system-ui, sans-serif";
  context.runs.value.forEach((run, i) => {
    const y = PICTURE + 66 + 20 * i;
    to.fillStyle = context.runColour(run);
    to.fillRect(16, y - 9, 10, 10);
    to.fillStyle = themeColour("--text");
    to.fillText(run, 34, y, WIDTH - 50);
  });
}
